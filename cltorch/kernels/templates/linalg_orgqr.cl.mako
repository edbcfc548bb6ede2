## The first columns of a product of Householder reflections. Called by linalg.py. `packed` has `depth` reflectors, each `rows`
## contiguous elements with an implicit one at its own place; the result is transposed too: `columns` columns of `rows` elements.
<%namespace name="t" file="linalg_team.mako"/>
${t.dot(name, n)}
__kernel void ${name}(const __global ${n.type}* packed, const __global ${n.type}* factors, __global ${n.type}* result,
                      const int batch, const int rows, const int columns, const int depth) {
${t.head(team)}
    __global ${n.type}* q = result + matrix * rows * columns;
    packed += matrix * rows * depth;
    for (int j = lane; j < columns; j += lanes) {  // columns do not meet: a member keeps its own
        __global ${n.type}* own = q + (long)j * rows;
        for (int i = 0; i < rows; i++) own[i] = i == j ? ${n.of('1')} : ${n.of('0')};
        for (int k = depth - 1; k >= 0; k--) {
            const __global ${n.type}* v = packed + (long)k * rows + k;
            const int n = rows - k;
            const ${n.type} left = own[k] + dot_${name}(v + 1, own + k + 1, n - 1);
            const ${n.type} along = ${n.product('factors[matrix * depth + k]', 'left')};
            own[k] -= along;
            for (int i = 1; i < n; i++) own[k + i] -= ${n.product('along', 'v[i]')};
        }
    }
}
