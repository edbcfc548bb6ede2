## Eigenvalues and eigenvectors (in rows, of length 1, with the largest element positive) of complex matrices: reflections to Hessenberg
## form, QR steps with Wilkinson's shifts to a triangle, and substitution in it (Golub and Van Loan, Matrix Computations, 7.4 to 7.6).
## Called by linalg.py. `work` holds the triangle, `basis` what turned the matrix into it, `turns` a vector or the rotations of a step.
<%namespace name="t" file="linalg_team.mako"/>
<% T, R = n.type, n.real %>
static ${R} near_${name}(const ${T} z) { return fabs(z.x) + fabs(z.y); }

static ${T} root_${name}(const ${T} z) {  // the principal square root
    const ${R} size = c_abs_${T}(z);
    const ${R} real = sqrt((size + fabs(z.x)) / 2), imag = real > 0 ? fabs(z.y) / (2 * real) : 0;
    return z.x >= 0 ? (${T})(real, copysign(imag, z.y)) : (${T})(imag, copysign(real, z.y));
}

static ${T} shift_${name}(const ${T} a, const ${T} b, const ${T} c, const ${T} d) {  // the eigenvalue of (a b, c d) that is nearer to d
    const ${T} middle = (a - d) / 2, root = root_${name}(${n.product('middle', 'middle')} + ${n.product('b', 'c')});
    const ${T} plus = middle + root, minus = middle - root;
    const ${T} large = near_${name}(plus) > near_${name}(minus) ? plus : minus;
    return near_${name}(large) > 0 ? d - ${n.quotient(n.product('b', 'c'), 'large')} : d;
}

__kernel void ${name}(const __global ${T}* input, __global ${T}* values, __global ${T}* vectors, __global ${T}* work,
                      __global ${T}* basis, __global ${T}* turns, const int batch, const int rows, const int columns) {
${t.head(team)}
    const int n = rows;
    __global ${T}* a = work + matrix * n * n;
    __global ${T}* q = basis + matrix * n * n;
    __global ${T}* w = turns + matrix * 2 * n;
    __global ${T}* out = vectors + matrix * n * n;
    input += matrix * n * n;
    values += matrix * n;
    for (long at = lane; at < (long)n * n; at += lanes) {
        a[at] = input[at];
        q[at] = at / n == at % n ? ${n.of('1')} : ${n.of('0')};
    }
    ${t.meet(team)}
    ${R} norm = 0;
    for (long at = 0; at < (long)n * n; at++) norm = fmax(norm, near_${name}(a[at]));

    for (int k = 0; k < n - 2; k++) {  // Hessenberg form: a reflection for each column
        ${R} below = 0, length = 0;
        for (int i = k + 2; i < n; i++) below += near_${name}(a[(long)i * n + k]);
        for (int i = k + 1; i < n; i++) length = hypot(length, ${n.size('a[(long)i * n + k]')});
        ${t.meet(team)}
        if (below == 0) continue;
        const ${T} first = a[(long)(k + 1) * n + k];
        const ${R} size = ${n.size('first')};
        const ${T} turn = size > 0 ? first / size : ${n.of('1')};
        for (int i = k + 1 + lane; i < n; i += lanes)
            w[i] = i == k + 1 ? first + turn * length : a[(long)i * n + k];
        ${t.meet(team)}
        ${R} square = 0;
        for (int i = k + 1; i < n; i++) square += ${n.square('w[i]')};
        for (int j = k + lane; j < n; j += lanes) {
            ${T} along = 0;
            for (int i = k + 1; i < n; i++) along += ${n.conjugate_product('w[i]', 'a[(long)i * n + j]')};
            along *= 2 / square;
            for (int i = k + 1; i < n; i++) a[(long)i * n + j] -= ${n.product('w[i]', 'along')};
        }
        ${t.meet(team)}
        for (int r = lane; r < 2 * n; r += lanes) {
            __global ${T}* row = r < n ? a + (long)r * n : q + (long)(r - n) * n;
            ${T} along = 0;
            for (int i = k + 1; i < n; i++) along += ${n.product('row[i]', 'w[i]')};
            along *= 2 / square;
            for (int i = k + 1; i < n; i++) row[i] -= ${n.conjugate_product('w[i]', 'along')};
        }
        ${t.meet(team)}
    }

    int last = n - 1, steps = 0;
    while (last > 0 && steps < ${steps}) {  // QR steps on the block that ends at `last`
        int top = last;
        while (top > 0) {
            ${R} beside = near_${name}(a[(long)(top - 1) * n + top - 1]) + near_${name}(a[(long)top * n + top]);
            if (beside == 0) beside = norm;
            if (near_${name}(a[(long)top * n + top - 1]) <= ${eps} * beside) break;
            top--;
        }
        ${t.meet(team)}
        if (top > 0 && lane == 0) a[(long)top * n + top - 1] = 0;
        if (top == last) { last--; steps = 0; continue; }
        steps++;
        const long corner = (long)last * n + last;
        ${T} shift = shift_${name}(a[corner - n - 1], a[corner - n], a[corner - 1], a[corner]);
        if (steps % 11 == 10) shift = ${n.of(f"near_{name}(a[corner - 1]) + near_{name}(a[corner])")};
        ${t.meet(team)}
        for (int i = top + lane; i <= last; i += lanes) a[(long)i * n + i] -= shift;
        ${t.meet(team)}
        for (int k = top; k < last; k++) {
            const ${T} x = a[(long)k * n + k], y = a[(long)(k + 1) * n + k];
            const ${R} length = hypot(${n.size('x')}, ${n.size('y')});
            const ${T} c = length > 0 ? x / length : ${n.of('1')}, s = length > 0 ? y / length : ${n.of('0')};
            ${t.meet(team)}
            for (int j = k + lane; j < n; j += lanes) {
                const ${T} one = a[(long)k * n + j], two = a[(long)(k + 1) * n + j];
                a[(long)k * n + j] = ${n.conjugate_product('c', 'one')} + ${n.conjugate_product('s', 'two')};
                a[(long)(k + 1) * n + j] = ${n.product('c', 'two')} - ${n.product('s', 'one')};
            }
            if (lane == 0) { w[2 * k] = c; w[2 * k + 1] = s; a[(long)(k + 1) * n + k] = 0; }
            ${t.meet(team)}
        }
        for (int r = lane; r < 2 * n; r += lanes) {  // rows do not meet: each is turned by all rotations
            __global ${T}* row = r < n ? a + (long)r * n : q + (long)(r - n) * n;
            for (int k = r < n ? max(top, r - 1) : top; k < last; k++) {
                const ${T} one = row[k], two = row[k + 1], c = w[2 * k], s = w[2 * k + 1];
                row[k] = ${n.product('c', 'one')} + ${n.product('s', 'two')};
                row[k + 1] = ${n.conjugate_product('c', 'two')} - ${n.conjugate_product('s', 'one')};
            }
        }
        ${t.meet(team)}
        for (int i = top + lane; i <= last; i += lanes) a[(long)i * n + i] += shift;
        ${t.meet(team)}
    }

    const ${R} least = fmax(norm * ${eps}, (${R})1e-37);
    for (int k = lane; k < n; k += lanes) {  // eigenvectors of the triangle, turned back
        const ${T} value = a[(long)k * n + k];
        values[k] = value;
        __global ${T}* own = out + (long)k * n;
        for (int i = n - 1; i >= 0; i--) {
            ${T} sum = 0;
            for (int j = i + 1; j <= k; j++) sum += ${n.product('a[(long)i * n + j]', 'own[j]')};
            ${T} apart = value - a[(long)i * n + i];
            if (near_${name}(apart) < least) apart = ${n.of('least')};
            own[i] = i > k ? ${n.of('0')} : i == k ? ${n.of('1')} : ${n.quotient('sum', 'apart')};
        }
    }
    ${t.meet(team)}
    for (int k = lane; k < n; k += lanes) {
        __global ${T}* own = out + (long)k * n;
        __global ${T}* kept = a + (long)k * n;  // the triangle is not needed from here on
        ${R} most = 0, square = 0;
        int largest = 0;
        for (int i = 0; i < n; i++) most = fmax(most, near_${name}(own[i]));
        for (int i = 0; i < n; i++) {
            ${T} sum = 0;
            for (int j = 0; j <= k; j++) sum += ${n.product('q[(long)i * n + j]', '(own[j] / most)')};
            kept[i] = sum;
            square += ${n.square('sum')};
            if (${n.square('sum')} > ${n.square('kept[largest]')}) largest = i;
        }
        const ${R} peak = ${n.size('kept[largest]')};
        const ${T} turn = peak > 0 ? kept[largest] / (peak * sqrt(square)) : ${n.of('1')};
        for (int i = 0; i < n; i++) own[i] = ${n.conjugate_product('turn', 'kept[i]')};
        own[largest].y = 0;
    }
}
