## One pass of a Fourier transform in Stockham's order for a factor without text of its own: see fft_rows.cl.mako. Called by fft.py.
## A work-item's unit is one place of (m, stride). The last pass multiplies by `scale`.
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
                      const ${index} apart, const ${index} start, const ${index} n, const ${index} m, const ${index} stride, const ${index} turn, const int radix,
                      const ${index} units, const ${index} chunk, const ${real} scale) {
% if cpu:
    const ${index} first = get_global_id(0) * chunk, end = min(first + chunk, units);
    for (${index} unit = first; unit < end; unit++) {
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
        const ${index} q = unit % stride, p = unit / stride % m, row = unit / stride / m;
        const ${index} from = start + row * apart + 2 * (q + stride * p), to = row * (radix * m * stride) + q + stride * radix * p;
        const ${index} turned = n / radix;
        for (int r = 0; r < radix; r++) {
            ${two} y = (${two})(0, 0);
            for (int t = 0; t < radix; t++) {
                const ${index} at = from + 2 * stride * m * t;
                y += times_${name}((${two})(in[at], in[at + 1]), root_${name}(roots, turned * (int)((long)r * t % radix)));
            }
% if last:
            y *= scale;
% else:
            y = times_${name}(y, root_${name}(roots, turn * p * r));
% endif
            const ${index} at = 2 * (to + stride * r);
            out[at] = y.x;
            out[at + 1] = y.y;
        }
    }
}
