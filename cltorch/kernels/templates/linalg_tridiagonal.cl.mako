## Reflections that turn a Hermitian matrix into a real tridiagonal one (Golub and Van Loan, Matrix Computations, 8.3.1). Called by linalg.py.
## The lower triangle is read. `reflectors` gets their vectors in rows, each with its one behind its own place, `factors` their factors. Both
## sides of a reflection are taken from the matrix when the next one walks it, so that each row is met once a step.
<%namespace name="t" file="linalg_team.mako"/>
<% T = n.type %>\
${t.vectors(name, n)}
${t.begin(name, n)}
${t.minus(name, n, team)}
${t.walk("walk", name, n, team, 2, "product")}
__kernel void ${name}(const __global ${T}* input, __global ${n.real}* diagonal, __global ${n.real}* beside, __global ${T}* reflectors,
                      __global ${T}* factors, __global ${T}* work, const int batch, const int rows, const int stride) {
${t.head(team)}
    const int n = rows;
    __global ${T}* a = work + matrix * (n + 8) * stride;
    __global ${T}* spare = a + (long)n * stride;  // twice v and w, and both conjugated
    input += matrix * n * n;
    reflectors += matrix * n * n;
    factors += matrix * n;
    diagonal += matrix * n;
    beside += matrix * n;
    for (int i = 0; i < n; i++)
        for (int j = lane; j < stride; j += lanes)
            a[(long)i * stride + j] = j < i ? input[(long)i * n + j] : j == i ? ${n.of(n.re('input[(long)i * n + j]'))} : j < n ? ${n.conjugate('input[(long)j * n + i]')} : ${n.of('0')};
    for (int j = lane; j < 8 * stride; j += lanes) spare[j] = ${n.of('0')};
    ${t.meet(team)}
    for (int k = 0; k < n; k++) {
        __global ${T}* row = a + (long)k * stride;
        __global ${T}* old = spare + (k % 2 ? 0 : 4) * stride;
        __global ${T}* v = spare + (k % 2 ? 4 : 0) * stride;
        __global ${T}* w = v + stride;
        minus_${name}(row, old + 3 * stride, old[k], k, n, lane, lanes);
        minus_${name}(row, old + 2 * stride, old[stride + k], k, n, lane, lanes);
        ${t.meet(team)}
        for (int j = lane; j < n; j += lanes) v[j] = j > k ? ${n.conjugate('row[j]')} : ${n.of('0')};
        if (lane == 0) diagonal[k] = ${n.re('row[k]')};
        ${t.meet(team)}
        begin_${name} b = {0};
        if (k < n - 1) b = begin_of_${name}(v + k + 1, n - k - 1);
        ${t.meet(team)}
        for (int j = lane; j < n; j += lanes) {
            const ${T} own = j == k + 1 ? ${n.of('1')} : ${n.product('v[j]', 'b.scale')};
            v[j] = own;
            v[2 * stride + j] = ${n.conjugate('own')};
            reflectors[(long)k * n + j] = own;
        }
        if (lane == 0) { beside[k] = b.beta; factors[k] = b.tau; }
        ${t.meet(team)}
        if (k == n - 1) break;
        walk_${name}(a, stride, k + 1, n, old, old + 3 * stride, old + stride, old + 2 * stride, v, w, k + 1, n, lane, lanes);
        ${t.meet(team)}
        ${T} along = ${n.of('0')};
        for (int j = k + 1; j < n; j++) along += ${n.conjugate_product('w[j]', 'v[j]')};
        along = ${n.product(n.square('b.tau') if not n.complex else n.of(n.square('b.tau')), 'along')} * (${n.real})-0.5;
        ${t.meet(team)}
        for (int j = k + 1 + lane; j < n; j += lanes) {
            const ${T} own = ${n.product('b.tau', 'w[j]')} + ${n.product('along', 'v[j]')};
            w[j] = own;
            w[2 * stride + j] = ${n.conjugate('own')};
        }
        ${t.meet(team)}
    }
}
