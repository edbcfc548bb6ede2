## Eigenvectors (in rows, of length 1, with the largest element positive) from what linalg_eig leaves: substitution in the triangle, turned back
## (Golub and Van Loan, Matrix Computations, 7.6). Called by linalg.py. A work-item finds one; `room` has two vectors for each.
<%namespace name="t" file="linalg_team.mako"/>
<% T, R = n.type, n.real %>\
${t.vectors(name, n)}
${t.minus(name, n, 1 if n.lanes > 1 else 2)}
static ${R} near_${name}(const ${T} z) { return fabs(z.x) + fabs(z.y); }

static ${T} inner_${name}(const __global ${T}* a, const __global ${T}* b, const int from, const int to) {  // b is zero elsewhere
    ${T} sum = 0;
% if n.lanes > 1:
    ${n.vector} straight = 0, crossed = 0;
    for (int j = from / ${n.lanes} * ${n.lanes}; j < to; j += ${n.lanes}) {
        const ${n.vector} x = *(const __global vector_${name}*)(a + j), y = *(const __global vector_${name}*)(b + j);
        straight += x * y;
        crossed += x * y.${n.swapped};
    }
    sum = (${T})(total_${name}(straight * (-${n.signs})), total_${name}(crossed));
% else:
    for (int j = from; j < to; j++) sum += ${n.product('a[j]', 'b[j]')};
% endif
    return sum;
}

__kernel void ${name}(const __global ${T}* work, __global ${T}* vectors, __global ${T}* room, const int rows, const int tall,
                      const int stride, const int units) {
    const long unit = get_global_id(0);
    if (unit >= units) return;
    const int n = rows, k = unit % n;
    const __global ${T}* a = work + unit / n * (tall + n) * stride;
    const __global ${T}* q = a + (long)tall * stride;
    __global ${T}* own = room + unit * 2 * stride;
    __global ${T}* turned = own + stride;
    for (int i = 0; i < 2 * stride; i++) own[i] = ${n.of('0')};
    ${R} norm = 0, most = 1, square = 0;
    for (int i = 0; i < n; i++) norm = fmax(norm, near_${name}(a[(long)i * stride + i]));
    const ${R} least = fmax(norm * ${eps}, (${R})1e-37);
    const ${T} value = a[(long)k * stride + k];
    own[k] = ${n.of('1')};
    for (int i = k - 1; i >= 0; i--) {
        ${T} apart = value - a[(long)i * stride + i];
        if (near_${name}(apart) < least) apart = ${n.of('least')};
        const ${T} sum = inner_${name}(a + (long)i * stride, own, i + 1, k + 1);
        own[i] = ${n.quotient('sum', 'apart')};
        most = fmax(most, near_${name}(own[i]));
    }
    for (int j = 0; j <= k; j++) minus_${name}(turned, q + (long)j * stride, own[j] / -most, 0, n, 0, 1);
    int largest = 0;
    for (int i = 0; i < n; i++) {
        square += ${n.square('turned[i]')};
        if (${n.square('turned[i]')} > ${n.square('turned[largest]')}) largest = i;
    }
    const ${R} peak = ${n.size('turned[largest]')};
    const ${T} turn = peak > 0 ? turned[largest] / (peak * sqrt(square)) : ${n.of('1')};
    vectors += unit * n;
    for (int i = 0; i < n; i++) vectors[i] = ${n.conjugate_product('turn', 'turned[i]')};
    vectors[largest].y = 0;
}
