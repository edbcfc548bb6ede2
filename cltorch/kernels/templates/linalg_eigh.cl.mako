## Eigenvalues (rising) and eigenvectors (in rows) of symmetric matrices by cyclic Jacobi rotations (Golub and Van Loan, Matrix
## Computations, 8.5). Called by linalg.py. Of the input the lower triangle is read; `work` is rotated until it is diagonal.
<%namespace name="t" file="linalg_team.mako"/>
__kernel void ${name}(const __global ${real}* input, __global ${real}* values, __global ${real}* vectors,
                      __global ${real}* work, const int batch, const int rows, const int columns) {
${t.head(team)}
    const int n = rows;
    __global ${real}* a = work + matrix * n * n;
    __global ${real}* v = vectors + matrix * n * n;
    input += matrix * n * n;
    values += matrix * n;
    for (long at = lane; at < (long)n * n; at += lanes) {
        const long i = at / n, j = at % n;
        a[at] = i >= j ? input[at] : input[j * n + i];
        v[at] = i == j;
    }
    ${t.meet(team)}
    ${real} norm = 0;
    for (long at = 0; at < (long)n * n; at++) norm = fmax(norm, fabs(a[at]));
    for (int sweep = 0; sweep < ${sweeps}; sweep++) {
        int rotated = 0;
        for (int p = 0; p < n - 1; p++)
            for (int q = p + 1; q < n; q++) {
                const ${real} off = a[(long)p * n + q], pp = a[(long)p * n + p], qq = a[(long)q * n + q];
                ${t.meet(team)}
                if (!(fabs(off) > (${real})0.25 * ${eps} * sqrt(fabs(pp)) * sqrt(fabs(qq))) || !(fabs(off) > ${eps} * ${eps} * norm)) continue;
                rotated = 1;
                const ${real} theta = (qq - pp) / (2 * off);
                const ${real} tangent = copysign((${real})1, theta) / (fabs(theta) + hypot(theta, (${real})1));
                const ${real} cosine = rsqrt(tangent * tangent + 1), sine = tangent * cosine;
                for (int k = lane; k < n; k += lanes) {
                    const ${real} x = a[(long)p * n + k], y = a[(long)q * n + k];
                    a[(long)p * n + k] = cosine * x - sine * y;
                    a[(long)q * n + k] = sine * x + cosine * y;
                    const ${real} s = v[(long)p * n + k], u = v[(long)q * n + k];
                    v[(long)p * n + k] = cosine * s - sine * u;
                    v[(long)q * n + k] = sine * s + cosine * u;
                }
                ${t.meet(team)}
                for (int k = lane; k < n; k += lanes) {
                    const ${real} x = a[(long)k * n + p], y = a[(long)k * n + q];
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
        for (int i = 0; i < n; i++) values[i] = a[(long)i * n + i];
    ${t.meet(team)}
    for (int i = 0; i < n; i++) {
        int least = i;
        for (int k = i + 1; k < n; k++) if (values[k] < values[least]) least = k;
        ${t.meet(team)}
        if (least == i) continue;
        if (lane == 0) { const ${real} kept = values[i]; values[i] = values[least]; values[least] = kept; }
        for (int k = lane; k < n; k += lanes) {
            const ${real} kept = v[(long)i * n + k];
            v[(long)i * n + k] = v[(long)least * n + k];
            v[(long)least * n + k] = kept;
        }
        ${t.meet(team)}
    }
}
