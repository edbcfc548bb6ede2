## Householder reflections that turn a matrix into an upper triangle, packed as LAPACK's geqrf does. Called by linalg.py. The matrix
## comes and goes transposed: `columns` columns of `rows` contiguous elements.
<%namespace name="t" file="linalg_team.mako"/>
${t.dot(name, n)}
__kernel void ${name}(const __global ${n.type}* input, __global ${n.type}* packed, __global ${n.type}* factors, const int batch,
                      const int rows, const int columns) {
${t.head(team)}
    const int depth = min(rows, columns);
    __global ${n.type}* a = packed + matrix * rows * columns;
    input += matrix * rows * columns;
    for (long i = lane; i < (long)rows * columns; i += lanes) a[i] = input[i];
    ${t.meet(team)}
    for (int k = 0; k < depth; k++) {
        __global ${n.type}* v = a + (long)k * rows + k;
        const int n = rows - k;
        ${n.real} most = ${n.imaginary_size('v[0]')};
        for (int i = 1; i < n; i++) most = fmax(most, ${n.size('v[i]')});
        const ${n.type} alpha = v[0];
        ${n.real} beta = ${n.re('alpha')};
        ${n.type} tau = 0, scale = 0;
        if (most > 0) {
            const ${n.real} unit = fmax(most, ${n.size('alpha')});
            ${n.real} sum = 0;
            for (int i = 0; i < n; i++) sum += ${n.square('(v[i] / unit)')};
            beta = -copysign(unit * sqrt(sum), beta);
            tau = (${n.of('beta')} - alpha) / beta;
            scale = ${n.quotient(n.of('1'), '(alpha - ' + n.of('beta') + ')')};
        }
        ${t.meet(team)}
        if (most > 0) for (int i = 1 + lane; i < n; i += lanes) v[i] = ${n.product('v[i]', 'scale')};
        if (lane == 0) { factors[matrix * depth + k] = tau; v[0] = ${n.of('1')}; }
        ${t.meet(team)}
        if (most > 0)
            for (int j = k + 1 + lane; j < columns; j += lanes) {
                __global ${n.type}* other = a + (long)j * rows + k;
                const ${n.type} along = ${n.conjugate_product('tau', f'dot_{name}(v, other, n)')};
                for (int i = 0; i < n; i++) other[i] -= ${n.product('along', 'v[i]')};
            }
        ${t.meet(team)}
        if (lane == 0) v[0] = ${n.of('beta')};
        ${t.meet(team)}
    }
}
