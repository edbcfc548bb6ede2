## One pass of a Fourier transform in Stockham's order (Van Loan, Computational Frameworks for the Fast Fourier Transform, 1.7).
## Called by fft.py. Rows of `n` elements are seen as (radix, m, stride); each work-item takes one place of (m, stride), transforms
## its `radix` elements and turns them. `radix` 0: it is an argument. The last pass multiplies by `scale`.
<%
two = real + "2"
sign = "-" if inverse else ""
%>
static ${two} times_${name}(const ${two} a, const ${two} b) {
    return (${two})(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}
static ${two} root_${name}(const __global ${real}* roots, const ${index} k) {
    return (${two})(roots[2 * k], ${sign}roots[2 * k + 1]);
}
__kernel void ${name}(const __global ${real}* in, const __global ${real}* roots, __global ${real}* out,
                      const ${index} n, const ${index} m, const ${index} stride, const int factor,
                      const ${index} units, const ${index} chunk
% if last:
                      , const ${real} scale
% endif
                      ) {
% if cpu:
    const ${index} first = get_global_id(0) * chunk, end = min(first + chunk, units);
    for (${index} unit = first; unit < end; unit++) {
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
        const int radix = ${radix or "factor"};
        const ${index} q = unit % stride, p = unit / stride % m, row = unit / stride / m * n;
        const ${index} from = row + q + stride * p, to = row + q + stride * radix * p;
        const ${index} turn = stride * p, apart = n / radix;
% if radix:
        ${two} x[${radix}];
        for (int t = 0; t < ${radix}; t++) {
            const ${index} at = 2 * (from + stride * m * t);
            x[t] = (${two})(in[at], in[at + 1]);
        }
% if radix in (2, 4, 8):
<%
bits = {2: 1, 4: 2, 8: 3}[radix]
turned = [int(format(k, f"0{bits}b")[::-1], 2) for k in range(radix)]
%>
        for (int reach = ${radix // 2}; reach >= 1; reach >>= 1)  // decimation in frequency; results lie at reversed places
            for (int block = 0; block < ${radix}; block += 2 * reach)
                for (int k = 0; k < reach; k++) {
                    const ${two} a = x[block + k], b = x[block + k + reach];
                    x[block + k] = a + b;
                    x[block + k + reach] = k == 0 ? a - b : times_${name}(a - b, root_${name}(roots, apart * (${radix // 2} / reach) * k));
                }
        const int place[${radix}] = {${", ".join(map(str, turned))}};
        for (int r = 0; r < ${radix}; r++) {
            ${two} y = x[place[r]];
% else:
        for (int r = 0; r < ${radix}; r++) {
            ${two} y = x[0];
            for (int t = 1; t < ${radix}; t++) y += times_${name}(x[t], root_${name}(roots, apart * (r * t % ${radix})));
% endif
% else:
        for (int r = 0; r < radix; r++) {
            ${two} y = (${two})(0, 0);
            for (int t = 0; t < radix; t++) {
                const ${index} at = 2 * (from + stride * m * t);
                y += times_${name}((${two})(in[at], in[at + 1]), root_${name}(roots, apart * (int)((long)r * t % radix)));
            }
% endif
            if (r > 0 && p > 0) y = times_${name}(y, root_${name}(roots, turn * r));
% if last:
            y *= scale;
% endif
            const ${index} at = 2 * (to + stride * r);
            out[at] = y.x;
            out[at + 1] = y.y;
        }
    }
}
