## Roots of unity, exp(-2 pi i k / n). Called by fft.py. They are computed in the widest numbers that the device has; sinpi and
## cospi know the exact quarters.
__kernel void ${name}(__global ${real}* out, const int n, const int chunk) {
    const int step = chunk > 0 ? 1 : get_global_size(0);
    const int first = chunk > 0 ? get_global_id(0) * chunk : get_global_id(0);
    const int last = chunk > 0 ? min(first + chunk, n) : n;
    for (int k = first; k < last; k += step) {
        const ${wide} turn = (${wide})2 * k / n;
        out[2 * (long)k] = (${real})cospi(turn);
        out[2 * (long)k + 1] = (${real})-sinpi(turn);
    }
}
