## Between two panels of linalg_lu: in other columns the row swaps of the panel `first` to `last`, and right of it the rows of the upper
## factor. Called by linalg.py. A team has ${width} columns.
<%namespace name="t" file="linalg_team.mako"/>
${t.vectors(name, n)}
__kernel void ${name}(__global ${n.type}* work, const __global int* pivots, const int batch, const int rows, const int columns,
                      const int stride, const int first, const int last, const int blocks) {
${t.head(team)}
    __global ${n.type}* a = work + matrix / blocks * rows * stride;
    pivots += matrix / blocks * min(rows, columns);
    const int left = matrix % blocks * ${width}, right = min(left + ${width}, stride);
    if (left >= first && left < last) return;
    for (int j = first; j < min(last, min(rows, columns)); j++) {
        __global ${n.type}* upper = a + (long)j * stride;
        __global ${n.type}* lower = a + (long)(pivots[j] - 1) * stride;
        if (lower != upper)
            for (int c = left + lane; c < right; c += lanes) {
                const ${n.type} kept = upper[c];
                upper[c] = lower[c];
                lower[c] = kept;
            }
    }
    if (left < first) return;
    for (int i = first + 1; i < last; i++)  // members keep to their columns, and need not meet
% if team == 1:
        for (int c = left; c < right; c += ${n.lanes}) {
            ${n.vector} sum = *(const __global vector_${name}*)(a + (long)i * stride + c);
            for (int k = first; k < i; k++)
                sum -= product_${name}(a[(long)i * stride + k], *(const __global vector_${name}*)(a + (long)k * stride + c));
            *(__global vector_${name}*)(a + (long)i * stride + c) = sum;
        }
% else:
        for (int c = left + lane; c < right; c += lanes) {
            ${n.type} sum = a[(long)i * stride + c];
            for (int k = first; k < i; k++) sum -= ${n.product("a[(long)i * stride + k]", "a[(long)k * stride + c]")};
            a[(long)i * stride + c] = sum;
        }
% endif
}
