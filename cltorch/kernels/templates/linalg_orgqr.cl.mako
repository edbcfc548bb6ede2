## The first columns of a product of Householder reflections. Called by linalg.py. `packed` has `depth` reflectors, each `rows`
## contiguous elements with an implicit one `offset` behind its own place; `reflectors` gets them as they are, by the first launch (`clean`). The
## result is transposed too: `columns` columns of `rows` elements; a team has ${width} of them.
<%namespace name="t" file="linalg_team.mako"/>
% if not clean:
${t.vectors(name, n)}
${t.reflect(name, n, team)}
% endif
__kernel void ${name}(const __global ${n.type}* packed, const __global ${n.type}* factors, __global ${n.type}* result,
                      __global ${n.type}* reflectors, __global ${n.type}* work, const int batch, const int rows, const int columns,
                      const int stride, const int depth, const int offset, const int blocks) {
${t.head(team)}
% if clean:
    const int k = matrix % depth;  // a team has one reflector
    packed += matrix * rows;
    for (int i = lane; i < stride; i += lanes)
        reflectors[matrix * stride + i] = i < k + offset || i >= rows ? ${n.of('0')} : i == k + offset ? ${n.of('1')} : packed[i];
% else:
    const long of = matrix / blocks;
    const int left = matrix % blocks * ${width}, right = min(left + ${width}, columns);
    work += of * columns * stride;
    result += of * columns * rows;
    reflectors += of * depth * stride;
    for (int j = left; j < right; j++)
        for (int i = lane; i < stride; i += lanes) work[(long)j * stride + i] = i == j ? ${n.of('1')} : ${n.of('0')};
    ${t.meet(team)}
    for (int k = depth - 1; k >= 0; k--)  // columns before its place are as yet untouched by it
        reflect_${name}(work, stride, reflectors + (long)k * stride, factors[of * depth + k], k + offset, rows, max(left, k + offset), right,
                        lane, lanes);
    ${t.meet(team)}
    for (int j = left; j < right; j++)
        for (int i = lane; i < rows; i += lanes) result[(long)j * rows + i] = work[(long)j * stride + i];
% endif
}
