## Householder reflections that turn a matrix into an upper triangle, packed as LAPACK's geqrf does. Called by linalg.py. The matrix
## comes and goes transposed: `columns` columns of `rows` contiguous elements.
<%namespace name="t" file="linalg_team.mako"/>
${t.dot(name, real)}
__kernel void ${name}(const __global ${real}* input, __global ${real}* packed, __global ${real}* factors, const int batch,
                      const int rows, const int columns) {
${t.head(team)}
    const int depth = min(rows, columns);
    __global ${real}* a = packed + matrix * rows * columns;
    input += matrix * rows * columns;
    for (long i = lane; i < (long)rows * columns; i += lanes) a[i] = input[i];
    ${t.meet(team)}
    for (int k = 0; k < depth; k++) {
        __global ${real}* v = a + (long)k * rows + k;
        const int n = rows - k;
        ${real} most = 0;
        for (int i = 1; i < n; i++) most = fmax(most, fabs(v[i]));
        const ${real} alpha = v[0];
        ${real} beta = alpha, tau = 0, scale = 0;
        if (most > 0) {
            const ${real} unit = fmax(most, fabs(alpha));
            ${real} sum = 0;
            for (int i = 0; i < n; i++) sum += (v[i] / unit) * (v[i] / unit);
            beta = -copysign(unit * sqrt(sum), alpha);
            tau = (beta - alpha) / beta;
            scale = 1 / (alpha - beta);
        }
        ${t.meet(team)}
        if (tau != 0) for (int i = 1 + lane; i < n; i += lanes) v[i] *= scale;
        if (lane == 0) { factors[matrix * depth + k] = tau; v[0] = 1; }
        ${t.meet(team)}
        if (tau != 0)
            for (int j = k + 1 + lane; j < columns; j += lanes) {
                __global ${real}* other = a + (long)j * rows + k;
                const ${real} along = tau * dot_${name}(v, other, n);
                for (int i = 0; i < n; i++) other[i] -= along * v[i];
            }
        ${t.meet(team)}
        if (lane == 0) v[0] = beta;
        ${t.meet(team)}
    }
}
