## What the iterations on tridiagonal and bidiagonal matrices share.
<%def name="length(name, R)">
static ${R} length_${name}(const ${R} a, const ${R} b) {  // of a vector; squares may not vanish
    const ${R} square = a * a + b * b;
    return square > (${R})1e-30 && square < (${R})1e30 ? sqrt(square) : hypot(a, b);
}
</%def>
## Values in order: those for which `before` holds come first. `spare` has room for n numbers.
<%def name="order(name, R, before)">
static void order_${name}(const __global ${R}* found, __global ${R}* values, __global int* place, __global int* spare, const int n) {
    for (int i = 0; i < n; i++) {
        const ${R} own = found[i];
        int at = i;
        for (; at > 0 && own ${before} values[at - 1]; at--) {
            values[at] = values[at - 1];
            spare[at] = spare[at - 1];
        }
        values[at] = own;
        spare[at] = i;
    }
    for (int i = 0; i < n; i++) place[spare[i]] = i;
}
</%def>
