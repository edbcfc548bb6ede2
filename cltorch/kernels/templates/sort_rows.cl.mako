## Stable sort of many rows on a CPU, a row at a time: keys with positions, by insertion where rows are short, else byte by byte.
##
## Called by sort.py. A work-item takes every row of its range, in scratch memory of its own (twice a row of keys and of positions).
## All counts of bytes are taken in one pass, and a byte that is the same everywhere moves nothing.
${functions}
__kernel void ${name}(const __global ${moved}* in, __global ${moved}* values, __global long* places,
    __global ${key}* keys, __global uint* positions, const ${index} units, const ${index} chunk, const ${index} n) {
    const ${index} first = get_global_id(0) * chunk, last = min(first + chunk, units);
    __global ${key}* from = keys + get_global_id(0) * 2 * n;
    __global uint* from_at = positions + get_global_id(0) * 2 * n;
    __global ${key}* to = from + n;
    __global uint* to_at = from_at + n;
    for (${index} unit = first; unit < last; unit++) {
        const ${index} base = unit * n;
        if (n <= 32) {
            for (int k = 0; k < n; k++) {
                const ${key} mine = key_e_${name}(in[base + k]);
                int j = k;
                for (; j > 0 && from[j - 1] > mine; j--) {
                    from[j] = from[j - 1];
                    from_at[j] = from_at[j - 1];
                }
                from[j] = mine;
                from_at[j] = k;
            }
        } else {
            uint counts[${passes}][256];
            for (int p = 0; p < ${passes}; p++)
                for (int d = 0; d < 256; d++) counts[p][d] = 0;
            for (${index} k = 0; k < n; k++) {
                const ${key} mine = key_e_${name}(in[base + k]);
                from[k] = mine;
                from_at[k] = k;
% for p in range(passes):
                counts[${p}][(mine >> ${8 * p}) & 255]++;
% endfor
            }
            for (int p = 0; p < ${passes}; p++) {
                if (counts[p][(from[0] >> (8 * p)) & 255] == n) continue;
                uint sum = 0;
                for (int d = 0; d < 256; d++) {
                    const uint count = counts[p][d];
                    counts[p][d] = sum;
                    sum += count;
                }
                for (${index} k = 0; k < n; k++) {
                    const ${key} mine = from[k];
                    const uint at = counts[p][(mine >> (8 * p)) & 255]++;
                    to[at] = mine;
                    to_at[at] = from_at[k];
                }
                __global ${key}* swap = from;
                from = to;
                to = swap;
                __global uint* swap_at = from_at;
                from_at = to_at;
                to_at = swap_at;
            }
        }
        for (${index} k = 0; k < n; k++) {
            values[base + k] = in[base + from_at[k]];
            places[base + k] = from_at[k];
        }
    }
}
