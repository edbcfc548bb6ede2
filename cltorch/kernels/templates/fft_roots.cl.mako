## Roots of unity, exp(-2 pi i k / n), and those of a first pass over (n / m, m) in its order. Called by fft.py. They are computed in the
## widest numbers that the device has; sinpi and cospi know the exact quarters.
__kernel void ${name}(__global ${real}* out, const int n, const int m, const int chunk) {
    const long step = chunk > 0 ? 1 : get_global_size(0), count = 2 * (long)n;
    const long first = chunk > 0 ? get_global_id(0) * chunk : get_global_id(0);
    const long last = chunk > 0 ? min(first + chunk, count) : count;
    for (long at = first; at < last; at += step) {
        const long k = at < n ? at : (at - n) / m * ((at - n) % m);
        const ${wide} turn = (${wide})2 * k / n;
        out[2 * at] = (${real})cospi(turn);
        out[2 * at + 1] = (${real})-sinpi(turn);
    }
}
