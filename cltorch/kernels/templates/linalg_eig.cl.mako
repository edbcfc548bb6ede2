## Eigenvalues of complex matrices: reflections to Hessenberg form and QR steps with Wilkinson's shifts to a triangle (Golub and Van Loan, Matrix
## Computations, 7.4 and 7.5). Called by linalg.py. `work` gets the triangle, in `tall` rows (whole groups of ${n.lanes}), and
## behind it what turned the matrix into it, transposed; `spare` is for vectors. Rows are `stride` apart.
<%namespace name="t" file="linalg_team.mako"/>
<% T, R = n.type, n.real %>\
${t.vectors(name, n)}
${t.begin(name, n)}
${t.minus(name, n, team)}
${t.walk("left", name, n, team, 1, "sum")}
${t.walk("right", name, n, team, 1, "product")}
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

static void turn_${name}(__global ${T}* x, __global ${T}* y, const ${R} c, const ${T} s, const int from, const int to, const int lane,
                         const int lanes) {  // rows x and y become c x + s y and c y - conj(s) x
    const ${T} back = ${n.conjugate('s')};
% if team == 1:
    for (int j = from / ${n.lanes} * ${n.lanes}; j < to; j += ${n.lanes}) {
        const ${n.vector} one = *(const __global vector_${name}*)(x + j), two = *(const __global vector_${name}*)(y + j);
        const ${n.vector} up = c * one + product_${name}(s, two), down = c * two - product_${name}(back, one);
        *(__global vector_${name}*)(x + j) = j < from ? select(one, up, (${n.places}) >= from - j) : up;
        *(__global vector_${name}*)(y + j) = j < from ? select(two, down, (${n.places}) >= from - j) : down;
    }
% else:
    for (int j = from + lane; j < to; j += lanes) {
        const ${T} one = x[j], two = y[j];
        x[j] = c * one + ${n.product('s', 'two')};
        y[j] = c * two - ${n.product('back', 'one')};
    }
% endif
}

static void turn_columns_${name}(__global ${T}* a, const int stride, const __global ${T}* turns, const int top, const int last,
                                 const int lane, const int lanes) {  // of rows to `last`, by all rotations of a step
% if team == 1:
    for (int r = 0; r <= last; r += ${n.lanes}) {
        __global ${T}* rows[${n.lanes}];
        for (int i = 0; i < ${n.lanes}; i++) rows[i] = a + (long)(r + i) * stride;
        const int first = max(top, r - 1);
        if (first >= last) continue;  // a row of the triangle that begins behind the last rotation
        ${n.vector} own = (${n.vector})(${", ".join(f"rows[{i}][first]" for i in range(n.lanes))});
        for (int k = first; k < last; k++) {
            const ${T} s = turns[2 * k + 1];
            const ${R} c = turns[2 * k].x;
            const ${n.vector} next = (${n.vector})(${", ".join(f"rows[{i}][k + 1]" for i in range(n.lanes))});
            const ${n.vector} done = c * own + product_${name}(${n.conjugate('s')}, next);
% for i in range(n.lanes):
            rows[${i}][k] = done.s${f"{2 * i:x}{2 * i + 1:x}"};
% endfor
            own = c * next - product_${name}(s, own);
        }
% for i in range(n.lanes):
        rows[${i}][last] = own.s${f"{2 * i:x}{2 * i + 1:x}"};
% endfor
    }
% else:
    for (int r = lane; r <= last; r += lanes) {
        __global ${T}* row = a + (long)r * stride;
        for (int k = max(top, r - 1); k < last; k++) {
            const ${T} one = row[k], two = row[k + 1], s = turns[2 * k + 1];
            const ${R} c = turns[2 * k].x;
            row[k] = c * one + ${n.conjugate_product('s', 'two')};
            row[k + 1] = c * two - ${n.product('s', 'one')};
        }
    }
% endif
}

static void hessenberg_${name}(__global ${T}* a, __global ${T}* spare, const int n, const int tall, const int stride, const int lane,
                               const int lanes) {  // what the right side changes is taken away when rows are walked next
    __global ${T}* v = spare;
    __global ${T}* scaled = v + stride;
    __global ${T}* along = scaled + stride;
    __global ${T}* y = along + 3 * stride;
    for (int k = 0; k < n - 2; k++) {
        __global ${T}* old = along + (k % 2 ? 1 : 2) * stride;  // v of the step before, conjugated
        __global ${T}* other = along + (k % 2 ? 2 : 1) * stride;
        for (int i = lane; i < stride; i += lanes) {
            v[i] = i <= k || i >= n ? ${n.of('0')} : a[(long)i * stride + k] - ${n.product('y[i]', 'old[k]')};
            along[i] = ${n.of('0')};
        }
        ${t.meet(team)}
        const begin_${name} b = begin_of_${name}(v + k + 1, n - k - 1);
        ${t.meet(team)}
        for (int i = lane; i < n; i += lanes) {
            v[i] = i == k + 1 ? ${n.of('1')} : ${n.product('v[i]', 'b.scale')};
            other[i] = ${n.conjugate('v[i]')};
            scaled[i] = ${n.product(n.conjugate('b.tau'), 'v[i]')};
        }
        ${t.meet(team)}
        left_${name}(a, stride, k + 1, n, y, old, v, along, k + 1, n, lane, lanes);
        ${t.meet(team)}
        right_${name}(a, stride, 0, k + 1, y, old, v, y, 0, n, lane, lanes);
        right_${name}(a, stride, tall, tall + n, y, old, v, y, 0, n, lane, lanes);
        right_${name}(a, stride, k + 1, n, scaled, along, v, y, k + 1, n, lane, lanes);
        ${t.meet(team)}
        for (int i = lane; i < tall + n; i += lanes) y[i] = ${n.product('b.tau', 'y[i]')};
        for (int i = k + 1 + lane; i < n; i += lanes) a[(long)i * stride + k] = i == k + 1 ? ${n.of('b.beta')} : ${n.of('0')};
        ${t.meet(team)}
    }
    if (n > 2)
        for (int i = 0; i < tall + n; i++)
            minus_${name}(a + (long)i * stride, along + (n % 2 ? 1 : 2) * stride, y[i], 0, n, lane, lanes);
    ${t.meet(team)}
}

__kernel void ${name}(const __global ${T}* input, __global ${T}* values, __global ${T}* work, __global ${T}* spare, const int batch,
                      const int rows, const int tall, const int stride) {
${t.head(team)}
    const int n = rows;
    __global ${T}* a = work + matrix * (tall + n) * stride;
    __global ${T}* q = a + (long)tall * stride;
    spare += matrix * (5 * stride + tall + n);
    input += matrix * n * n;
    values += matrix * n;
    for (int i = 0; i < tall + n; i++)
        for (int j = lane; j < stride; j += lanes)
            a[(long)i * stride + j] = i < n && j < n ? input[(long)i * n + j] : i - tall == j ? ${n.of('1')} : ${n.of('0')};
    for (int i = lane; i < 5 * stride + tall + n; i += lanes) spare[i] = ${n.of('0')};
    ${t.meet(team)}
    ${R} norm = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) norm = fmax(norm, near_${name}(a[(long)i * stride + j]));
    hessenberg_${name}(a, spare, n, tall, stride, lane, lanes);
    for (int i = lane; i < n; i += lanes)
        for (int j = 0; j < i; j++) {
            const ${T} kept = q[(long)i * stride + j];
            q[(long)i * stride + j] = q[(long)j * stride + i];
            q[(long)j * stride + i] = kept;
        }
    ${t.meet(team)}

    __global ${T}* turns = spare;
    int last = n - 1, steps = 0;
    while (last > 0 && steps < ${steps}) {  // QR steps on the block that ends at `last`
        int top = last;
        while (top > 0) {
            ${R} beside = near_${name}(a[(long)(top - 1) * stride + top - 1]) + near_${name}(a[(long)top * stride + top]);
            if (beside == 0) beside = norm;
            if (near_${name}(a[(long)top * stride + top - 1]) <= ${eps} * beside) break;
            top--;
        }
        ${t.meet(team)}
        if (top > 0 && lane == 0) a[(long)top * stride + top - 1] = 0;
        if (top == last) { last--; steps = 0; continue; }
        steps++;
        const long corner = (long)last * stride + last;
        ${T} shift = shift_${name}(a[corner - stride - 1], a[corner - stride], a[corner - 1], a[corner]);
        if (steps % 11 == 10) shift = ${n.of(f"near_{name}(a[corner - 1]) + near_{name}(a[corner])")};
        ${t.meet(team)}
        for (int i = top + lane; i <= last; i += lanes) a[(long)i * stride + i] -= shift;
        ${t.meet(team)}
        for (int k = top; k < last; k++) {
            const ${T} x = a[(long)k * stride + k], y = a[(long)(k + 1) * stride + k];
            const ${R} size = ${n.size('x')}, length = hypot(size, ${n.size('y')});
            const ${R} c = length > 0 ? size / length : 1;
            const ${T} s = length > 0 ? ${n.product('(size > 0 ? x / size : (' + n.of('1') + '))', '(' + n.conjugate('y') + ' / length)')} : ${n.of('0')};
            ${t.meet(team)}
            turn_${name}(a + (long)k * stride, a + (long)(k + 1) * stride, c, s, k, n, lane, lanes);
            turn_${name}(q + (long)k * stride, q + (long)(k + 1) * stride, c, ${n.conjugate('s')}, 0, n, lane, lanes);
            ${t.meet(team)}
            if (lane == 0) { turns[2 * k] = ${n.of('c')}; turns[2 * k + 1] = s; a[(long)(k + 1) * stride + k] = 0; }
            ${t.meet(team)}
        }
        turn_columns_${name}(a, stride, turns, top, last, lane, lanes);
        ${t.meet(team)}
        for (int i = top + lane; i <= last; i += lanes) a[(long)i * stride + i] += shift;
        ${t.meet(team)}
    }
    for (int k = lane; k < n; k += lanes) values[k] = a[(long)k * stride + k];
}
