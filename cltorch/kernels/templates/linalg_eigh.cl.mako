## Eigenvalues (rising) and eigenvectors (in rows) of symmetric matrices by cyclic Jacobi rotations (Golub and Van Loan, Matrix
## Computations, 8.5). Called by linalg.py. Of the input the lower triangle is read; `work` is rotated until it is diagonal.
<%namespace name="t" file="linalg_team.mako"/>
__kernel void ${name}(const __global ${n.type}* input, __global ${n.real}* values, __global ${n.type}* vectors,
                      __global ${n.type}* work, const int batch, const int rows, const int columns) {
${t.head(team)}
    const int n = rows;
    __global ${n.type}* a = work + matrix * n * n;
    __global ${n.type}* v = vectors + matrix * n * n;
    input += matrix * n * n;
    values += matrix * n;
    for (long at = lane; at < (long)n * n; at += lanes) {
        const long i = at / n, j = at % n;
        a[at] = i >= j ? input[at] : ${n.conjugate('input[j * n + i]')};
        v[at] = i == j ? ${n.of('1')} : ${n.of('0')};
    }
    ${t.meet(team)}
    ${n.real} norm = 0;
    for (long at = 0; at < (long)n * n; at++) norm = fmax(norm, ${n.size('a[at]')});
    for (int sweep = 0; sweep < ${sweeps}; sweep++) {
        int rotated = 0;
        for (int p = 0; p < n - 1; p++)
            for (int q = p + 1; q < n; q++) {
                const ${n.type} pair = a[(long)p * n + q];
                const ${n.real} off = ${n.size('pair')}, pp = ${n.re('a[(long)p * n + p]')}, qq = ${n.re('a[(long)q * n + q]')};
                ${t.meet(team)}
                if (!(off > (${n.real})0.25 * ${eps} * sqrt(fabs(pp)) * sqrt(fabs(qq))) || !(off > ${eps} * ${eps} * norm)) continue;
                rotated = 1;
                const ${n.type} turn = pair / off;  // makes the pair real
                const ${n.real} theta = (qq - pp) / (2 * off);
                const ${n.real} tangent = copysign((${n.real})1, theta) / (fabs(theta) + hypot(theta, (${n.real})1));
                const ${n.real} cosine = rsqrt(tangent * tangent + 1), sine = tangent * cosine;
                for (int k = lane; k < n; k += lanes) {
                    const ${n.type} x = a[(long)p * n + k], y = ${n.product('turn', 'a[(long)q * n + k]')};
                    a[(long)p * n + k] = cosine * x - sine * y;
                    a[(long)q * n + k] = sine * x + cosine * y;
                    const ${n.type} s = v[(long)p * n + k], u = ${n.conjugate_product('turn', 'v[(long)q * n + k]')};
                    v[(long)p * n + k] = cosine * s - sine * u;
                    v[(long)q * n + k] = sine * s + cosine * u;
                }
                ${t.meet(team)}
                for (int k = lane; k < n; k += lanes) {
                    const ${n.type} x = a[(long)k * n + p], y = ${n.conjugate_product('turn', 'a[(long)k * n + q]')};
                    a[(long)k * n + p] = cosine * x - sine * y;
                    a[(long)k * n + q] = sine * x + cosine * y;
                }
                ${t.meet(team)}
                if (lane == 0) { a[(long)p * n + q] = 0; a[(long)q * n + p] = 0; }
                ${t.meet(team)}
            }
        if (!rotated) break;
    }
    if (lane == 0)
        for (int i = 0; i < n; i++) values[i] = ${n.re('a[(long)i * n + i]')};
    ${t.meet(team)}
    for (int i = 0; i < n; i++) {
        int least = i;
        for (int k = i + 1; k < n; k++) if (values[k] < values[least]) least = k;
        ${t.meet(team)}
        if (least == i) continue;
        if (lane == 0) { const ${n.real} kept = values[i]; values[i] = values[least]; values[least] = kept; }
        for (int k = lane; k < n; k += lanes) {
            const ${n.type} kept = v[(long)i * n + k];
            v[(long)i * n + k] = v[(long)least * n + k];
            v[(long)least * n + k] = kept;
        }
        ${t.meet(team)}
    }
}
