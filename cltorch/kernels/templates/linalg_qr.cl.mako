## Householder reflections that turn a matrix into an upper triangle, packed as LAPACK's geqrf does. Called by linalg.py. The matrix
## comes and goes transposed: `columns` columns of `rows` contiguous elements, in `work` `stride` apart. A launch finishes columns `first` to
## `last` and looks at no others; one that does all of it fetches the input. `reflectors` gets each reflection's vector, zero before its one.
<%namespace name="t" file="linalg_team.mako"/>
${t.vectors(name, n)}
${t.begin(name, n)}
${t.reflect(name, n, team)}
__kernel void ${name}(const __global ${n.type}* input, __global ${n.type}* packed, __global ${n.type}* factors, __global ${n.type}* work,
                      __global ${n.type}* reflectors, const int batch, const int rows, const int columns, const int stride, const int first,
                      const int last) {
${t.head(team)}
    const int depth = min(rows, columns);
    __global ${n.type}* a = work + matrix * columns * stride;
    reflectors += matrix * depth * stride;
    input += matrix * rows * columns;
    packed += matrix * rows * columns;
    if (first == 0 && last == columns) {
        for (int j = 0; j < columns; j++)
            for (int i = lane; i < stride; i += lanes) a[(long)j * stride + i] = i < rows ? input[(long)j * rows + i] : ${n.of('0')};
        ${t.meet(team)}
    }
    for (int k = first; k < min(depth, last); k++) {
        __global ${n.type}* own = a + (long)k * stride;
        __global ${n.type}* v = reflectors + (long)k * stride;
        const begin_${name} b = begin_of_${name}(own + k, rows - k);
        for (int i = lane; i < stride; i += lanes)
            v[i] = i < k || i >= rows ? ${n.of('0')} : i == k ? ${n.of('1')} : ${n.product('own[i]', 'b.scale')};
        ${t.meet(team)}
        if (lane == 0) { factors[matrix * depth + k] = b.tau; own[k] = ${n.of('b.beta')}; }
        reflect_${name}(a, stride, v, ${n.conjugate('b.tau')}, k, rows, k + 1, last, lane, lanes);
        ${t.meet(team)}
    }
    for (int j = first; j < last; j++)
        for (int i = lane; i < rows; i += lanes)
            packed[(long)j * rows + i] = i <= j || j >= depth ? a[(long)j * stride + i] : reflectors[(long)j * stride + i];
}
