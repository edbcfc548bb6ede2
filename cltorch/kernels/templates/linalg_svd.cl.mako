## Singular values (falling) and vectors by one-sided Jacobi rotations (Hestenes 1958): columns are turned until all are orthogonal.
## Called by linalg.py. Matrices are tall and come transposed: `columns` columns of `rows` contiguous elements. `left` gets the left
## vectors in rows, `right` (columns x columns) the right ones in rows. Where a value is zero, its left vector is completed.
<%namespace name="t" file="linalg_team.mako"/>
${t.dot(name, n)}
__kernel void ${name}(const __global ${n.type}* input, __global ${n.real}* values, __global ${n.type}* left, __global ${n.type}* right,
                      const int batch, const int rows, const int columns) {
${t.head(team)}
    const int m = rows, n = columns;
    __global ${n.type}* u = left + matrix * m * n;
    __global ${n.type}* v = right + matrix * n * n;
    input += matrix * m * n;
    values += matrix * n;
    for (long at = lane; at < (long)m * n; at += lanes) u[at] = input[at];
    for (long at = lane; at < (long)n * n; at += lanes) v[at] = at / n == at % n ? ${n.of('1')} : ${n.of('0')};
    ${t.meet(team)}
    for (int sweep = 0; sweep < ${sweeps}; sweep++) {
        int rotated = 0;
        for (int p = 0; p < n - 1; p++)
            for (int q = p + 1; q < n; q++) {
                __global ${n.type}* a = u + (long)p * m;
                __global ${n.type}* b = u + (long)q * m;
                const ${n.real} aa = ${n.re(f'dot_{name}(a, a, m)')}, bb = ${n.re(f'dot_{name}(b, b, m)')};
                const ${n.type} pair = dot_${name}(a, b, m);
                const ${n.real} ab = ${n.size('pair')};
                ${t.meet(team)}
                if (!(ab > ${eps} * sqrt(aa) * sqrt(bb))) continue;
                rotated = 1;
                const ${n.type} turn = pair / ab;  // makes the product real
                const ${n.real} zeta = (bb - aa) / (2 * ab);
                const ${n.real} tangent = copysign((${n.real})1, zeta) / (fabs(zeta) + hypot(zeta, (${n.real})1));
                const ${n.real} cosine = rsqrt(tangent * tangent + 1), sine = tangent * cosine;
                for (int k = lane; k < m; k += lanes) {
                    const ${n.type} x = a[k], y = ${n.conjugate_product('turn', 'b[k]')};
                    a[k] = cosine * x - sine * y;
                    b[k] = sine * x + cosine * y;
                }
                for (int k = lane; k < n; k += lanes) {
                    const ${n.type} x = v[(long)p * n + k], y = ${n.conjugate_product('turn', 'v[(long)q * n + k]')};
                    v[(long)p * n + k] = cosine * x - sine * y;
                    v[(long)q * n + k] = sine * x + cosine * y;
                }
                ${t.meet(team)}
            }
        if (!rotated) break;
    }
    for (int j = lane; j < n; j += lanes) values[j] = sqrt(${n.re(f'dot_{name}(u + (long)j * m, u + (long)j * m, m)')});
    ${t.meet(team)}
    for (int i = 0; i < n; i++) {
        int most = i;
        for (int k = i + 1; k < n; k++) if (values[k] > values[most]) most = k;
        ${t.meet(team)}
        if (most == i) continue;
        if (lane == 0) { const ${n.real} kept = values[i]; values[i] = values[most]; values[most] = kept; }
        for (int k = lane; k < m; k += lanes) {
            const ${n.type} kept = u[(long)i * m + k];
            u[(long)i * m + k] = u[(long)most * m + k];
            u[(long)most * m + k] = kept;
        }
        for (int k = lane; k < n; k += lanes) {
            const ${n.type} kept = v[(long)i * n + k];
            v[(long)i * n + k] = v[(long)most * n + k];
            v[(long)most * n + k] = kept;
        }
        ${t.meet(team)}
    }
    const ${n.real} small = n > 0 ? values[0] * ${eps} * max(m, n) : 0;
    ${t.meet(team)}
    if (lane == 0)
        for (int j = 0; j < n; j++) {
            __global ${n.type}* own = u + (long)j * m;
            if (values[j] > small) {
                for (int k = 0; k < m; k++) own[k] /= values[j];
                continue;
            }
            for (int axis = 0; axis < m; axis++) {  // a unit vector that the others leave something of
                for (int k = 0; k < m; k++) own[k] = k == axis ? ${n.of('1')} : ${n.of('0')};
                for (int twice = 0; twice < 2; twice++)
                    for (int i = 0; i < j; i++) {
                        const ${n.type} along = dot_${name}(u + (long)i * m, own, m);
                        for (int k = 0; k < m; k++) own[k] -= ${n.product('along', 'u[(long)i * m + k]')};
                    }
                const ${n.real} length = sqrt(${n.re(f'dot_{name}(own, own, m)')});
                if (length * length * m > (${n.real})0.5) {
                    for (int k = 0; k < m; k++) own[k] /= length;
                    break;
                }
            }
        }
}
