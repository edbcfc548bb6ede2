## Eigenvalues, rising, of real symmetric tridiagonal matrices by implicit QL steps with Wilkinson's shift (Bowdler, Martin, Reinsch and
## Wilkinson 1968; Golub and Van Loan, Matrix Computations, 8.3.5). Called by linalg.py, one work-item a matrix. Its rotations are written down:
## `sweeps` has their number, and for each the row where it starts and how many rotations it has, negative upwards. `place` says where a row goes.
<%namespace name="t" file="linalg_turns.mako"/>
<% R = real %>\
${t.length(name, R)}
${t.order(name, R, "<")}
__kernel void ${name}(const __global ${R}* diagonal, const __global ${R}* beside, __global ${R}* values, __global int* place,
                      __global ${R}2* rotations, __global int* sweeps, __global ${R}* work, const int rows, const int room,
                      const int most) {
    const long matrix = get_global_id(0);
    const int n = rows;
    __global ${R}* d = work + matrix * 2 * n;
    __global ${R}* e = d + n;
    rotations += matrix * room;
    sweeps += matrix * (2 * most + 1);
    ${R} norm = 0;
    for (int i = 0; i < n; i++) norm = fmax(norm, fmax(fabs(diagonal[matrix * n + i]), fabs(beside[matrix * n + i])));
    const ${R} unit = norm > 0 && isfinite(1 / norm) ? norm : 1;
    for (int i = 0; i < n; i++) {
        d[i] = diagonal[matrix * n + i] / unit;
        e[i] = i < n - 1 ? beside[matrix * n + i] / unit : 0;
    }
    int kept = 0, count = 0;
    for (int top = 0; top < n; top++)
        while (true) {
            int end = top;
            while (end < n - 1 && fabs(e[end]) > ${eps} * fmax(fabs(d[end]) + fabs(d[end + 1]), ${eps})) end++;  // the norm is 1
            if (end == top || count == most || kept + end - top > room) break;
            ${R} g = (d[top + 1] - d[top]) / (2 * e[top]);
            g = d[end] - d[top] + e[top] / (g + copysign(length_${name}(g, 1), g));
            ${R} s = 1, c = 1, p = 0;
            int i = end - 1;
            for (; i >= top; i--) {
                const ${R} f = s * e[i], b = c * e[i], r = length_${name}(f, g);
                e[i + 1] = r;
                if (r == 0) {
                    d[i + 1] -= p;
                    e[end] = 0;
                    break;
                }
                s = f / r;
                c = g / r;
                g = d[i + 1] - p;
                const ${R} turned = (d[i] - g) * s + 2 * c * b;
                p = s * turned;
                d[i + 1] = g + p;
                g = c * turned - b;
                rotations[kept++] = (${R}2)(c, s);
            }
            sweeps[1 + 2 * count] = end;
            sweeps[2 + 2 * count++] = i + 1 - end;
            if (i < top) {
                d[top] -= p;
                e[top] = g;
                e[end] = 0;
            }
        }
    sweeps[0] = count;
    order_${name}(d, values + matrix * n, place + matrix * n, (__global int*)e, n);
    for (int i = 0; i < n; i++) values[matrix * n + i] *= unit;
}
