## Singular values, falling, of real upper bidiagonal matrices by implicit QR steps (Golub and Kahan 1965), without a shift where it would spoil
## small values (Demmel and Kahan 1990). Called by linalg.py, one work-item a matrix. Rotations are written down as in linalg_ql, those of left and
## right vectors apart; a negative value's right vector is to be negated (~place).
<%namespace name="t" file="linalg_turns.mako"/>
<% R = real %>\
${t.length(name, R)}
${t.order(name, R, ">")}
static ${R}3 turn_${name}(const ${R} f, const ${R} g) {  // c, s and r of the rotation that makes (f, g) (r, 0)
    if (g == 0) return (${R}3)(1, 0, f);
    const ${R} r = length_${name}(f, g);
    return (${R}3)(f / r, g / r, r);
}

static ${R} least_${name}(const ${R} f, const ${R} g, const ${R} h) {  // the smaller singular value of (f g, 0 h)
    const ${R} low = fmin(fabs(f), fabs(h)), high = fmax(fabs(f), fabs(h)), size = fabs(g);
    if (low == 0) return 0;
    const ${R} plus = 1 + low / high, minus = (high - low) / high;
    if (size < high) {
        const ${R} square = (size / high) * (size / high);
        return low * (2 / (sqrt(plus * plus + square) + sqrt(minus * minus + square)));
    }
    const ${R} part = high / size;
    return 2 * low * (1 / (sqrt(1 + plus * part * plus * part) + sqrt(1 + minus * part * minus * part))) * part;
}

__kernel void ${name}(const __global ${R}* diagonal, const __global ${R}* beside, __global ${R}* values, __global int* place,
                      __global int* right_place, __global ${R}2* lefts, __global ${R}2* rights, __global int* sweeps, __global ${R}* work,
                      const int rows, const int room, const int most) {
    const long matrix = get_global_id(0);
    const int n = rows;
    __global ${R}* d = work + matrix * 2 * n;
    __global ${R}* e = d + n;
    lefts += matrix * room;
    rights += matrix * room;
    sweeps += matrix * (2 * most + 1);
    ${R} norm = 0;
    for (int i = 0; i < n; i++) norm = fmax(norm, fmax(fabs(diagonal[matrix * n + i]), fabs(beside[matrix * n + i])));
    const ${R} unit = norm > 0 && isfinite(1 / norm) ? norm : 1;
    for (int i = 0; i < n; i++) {
        d[i] = diagonal[matrix * n + i] / unit;
        e[i] = i < n - 1 ? beside[matrix * n + i] / unit : 0;
    }
    int kept = 0, count = 0, end = n - 1;
    while (end > 0) {  // the block from `top` to `end`
        int top = end;
        bool zero = fabs(d[end]) <= ${eps} * ${eps};
        while (top > 0 && fabs(e[top - 1]) > ${eps} * fmax(fabs(d[top - 1]) + fabs(d[top]), ${eps})) {  // the norm is 1
            top--;
            zero |= fabs(d[top]) <= ${eps} * ${eps};
        }
        if (top == end) { end--; continue; }
        if (count == most || kept + end - top > room) break;
        ${R} shift = zero ? 0 : least_${name}(d[end - 1], e[end - 1], d[end]);
        const ${R} part = zero ? 0 : shift / d[top];
        if (part * part < ${eps}) shift = 0;
        ${R}3 own;
        if (shift == 0) {
            ${R} c = 1, s = 0, old = 1;
            for (int i = top; i < end; i++) {
                own = turn_${name}(d[i] * c, e[i]);
                if (i > top) e[i - 1] = s * own.z;
                const ${R}3 next = turn_${name}(old * own.z, d[i + 1] * own.y);
                d[i] = next.z;
                rights[kept] = own.xy;
                lefts[kept++] = next.xy;
                c = own.x;
                old = next.x;
                s = next.y;
            }
            const ${R} last = d[end] * c;
            d[end] = last * old;
            e[end - 1] = last * s;
        } else {
            ${R} f = (fabs(d[top]) - shift) * (copysign((${R})1, d[top]) + shift / d[top]), g = e[top];
            for (int i = top; i < end; i++) {
                own = turn_${name}(f, g);
                if (i > top) e[i - 1] = own.z;
                f = own.x * d[i] + own.y * e[i];
                e[i] = own.x * e[i] - own.y * d[i];
                g = own.y * d[i + 1];
                d[i + 1] = own.x * d[i + 1];
                rights[kept] = own.xy;
                own = turn_${name}(f, g);
                d[i] = own.z;
                f = own.x * e[i] + own.y * d[i + 1];
                d[i + 1] = own.x * d[i + 1] - own.y * e[i];
                if (i < end - 1) {
                    g = own.y * e[i + 1];
                    e[i + 1] = own.x * e[i + 1];
                }
                lefts[kept++] = own.xy;
            }
            e[end - 1] = f;
        }
        sweeps[1 + 2 * count] = top;
        sweeps[2 + 2 * count++] = end - top;
    }
    sweeps[0] = count;
    for (int i = 0; i < n; i++) {
        right_place[matrix * n + i] = signbit(d[i]);
        d[i] = fabs(d[i]);
    }
    order_${name}(d, values + matrix * n, place + matrix * n, (__global int*)e, n);
    for (int i = 0; i < n; i++) {
        values[matrix * n + i] *= unit;
        const int to = place[matrix * n + i];
        right_place[matrix * n + i] = right_place[matrix * n + i] ? ~to : to;
    }
}
