## Reflections from both sides that turn a square matrix into a real upper bidiagonal one (Golub and Kahan 1965). Called by linalg.py. Vectors of
## reflections stand in rows: those from the left have their one at their own place, those from the right behind it. What one side changes is
## taken from the matrix when the other side walks it, so that each row is met twice a step.
<%namespace name="t" file="linalg_team.mako"/>
<% T = n.type %>\
${t.vectors(name, n)}
${t.begin(name, n)}
${t.minus(name, n, team)}
${t.walk("left", name, n, team, 1, "sum")}
${t.walk("right", name, n, team, 1, "product")}
__kernel void ${name}(const __global ${T}* input, __global ${n.real}* diagonal, __global ${n.real}* beside, __global ${T}* lefts,
                      __global ${T}* left_factors, __global ${T}* rights, __global ${T}* right_factors, __global ${T}* work,
                      const int batch, const int rows, const int stride) {
${t.head(team)}
    const int n = rows;
    __global ${T}* a = work + matrix * (n + 6) * stride;
    __global ${T}* u = a + (long)n * stride;
    __global ${T}* scaled = u + stride;  // u times its factor
    __global ${T}* w = scaled + stride;  // what u finds in each column
    __global ${T}* v = w + stride;
    __global ${T}* other = v + stride;  // conjugated
    __global ${T}* y = other + stride;  // what v finds in each row, times its factor
    input += matrix * n * n;
    lefts += matrix * n * n;
    rights += matrix * n * n;
    left_factors += matrix * n;
    right_factors += matrix * n;
    for (int i = 0; i < n; i++)
        for (int j = lane; j < stride; j += lanes) a[(long)i * stride + j] = j < n ? input[(long)i * n + j] : ${n.of('0')};
    for (int j = lane; j < 6 * stride; j += lanes) u[j] = ${n.of('0')};
    ${t.meet(team)}
    for (int k = 0; k < n; k++) {
        __global ${T}* row = a + (long)k * stride;
        for (int i = lane; i < stride; i += lanes) {
            u[i] = i < k || i >= n ? ${n.of('0')} : a[(long)i * stride + k] - ${n.product('y[i]', 'other[k]')};
            w[i] = ${n.of('0')};
        }
        ${t.meet(team)}
        begin_${name} b = begin_of_${name}(u + k, n - k);
        ${t.meet(team)}
        for (int i = lane; i < n; i += lanes) {
            u[i] = i == k ? ${n.of('1')} : ${n.product('u[i]', 'b.scale')};
            scaled[i] = ${n.product(n.conjugate('b.tau'), 'u[i]')};
            lefts[(long)k * n + i] = u[i];
        }
        if (lane == 0) { diagonal[matrix * n + k] = b.beta; left_factors[k] = b.tau; }
        ${t.meet(team)}
        left_${name}(a, stride, k, n, y, other, u, w, k + 1, n, lane, lanes);
        ${t.meet(team)}
        minus_${name}(row, w, scaled[k], k + 1, n, lane, lanes);
        ${t.meet(team)}
        for (int j = lane; j < stride; j += lanes) v[j] = j > k && j < n ? ${n.conjugate('row[j]')} : ${n.of('0')};
        ${t.meet(team)}
        if (k < n - 1) b = begin_of_${name}(v + k + 1, n - k - 1);
        else { b.beta = 0; b.tau = b.scale = ${n.of('0')}; }
        ${t.meet(team)}
        for (int j = lane; j < n; j += lanes) {
            v[j] = j == k + 1 ? ${n.of('1')} : ${n.product('v[j]', 'b.scale')};
            other[j] = ${n.conjugate('v[j]')};
            rights[(long)k * n + j] = v[j];
        }
        if (lane == 0) { beside[matrix * n + k] = b.beta; right_factors[k] = b.tau; }
        ${t.meet(team)}
        right_${name}(a, stride, k + 1, n, scaled, w, v, y, k + 1, n, lane, lanes);
        ${t.meet(team)}
        for (int i = lane; i < n; i += lanes) y[i] = ${n.product('b.tau', 'y[i]')};
        ${t.meet(team)}
    }
}
