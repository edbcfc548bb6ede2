## The first `k` elements of rows in the order of their keys, `k` at most ${most}: each goes into a short ordered list if it is better
## than the last one there, which is rare.
##
## Called by select.py (CPU form). A unit is a block of a row; with several blocks their lists are candidates for a second run
## (`nested`), whose rows are these candidates. Equal keys stay in the order of their positions.
${functions}
__kernel void ${name}(const __global ${moved}* in,
% if nested:
    const __global long* candidates,
% endif
% if final:
    __global ${moved}* values,
% endif
    __global long* places, const ${index} units, const ${index} chunk, const ${index} n, const ${index} blocks,
    const ${index} size, const int k, const ${index} row_length) {
    const ${index} first = get_global_id(0) * chunk, last = min(first + chunk, units);
    ${key} best[${most}];
    ${index} at[${most}];
    for (${index} unit = first; unit < last; unit++) {
        const ${index} row = unit / blocks, start = unit % blocks * size, end = min(start + size, n);
        int count = 0;
        ${key} limit = 0;
        for (${index} i = start; i < end; i++) {
            const ${index} place = ${"candidates[row * n + i]" if nested else "i"};
            const ${key} mine = key_e_${name}(in[row * row_length + place]);
            if (count == k && mine >= limit) continue;
            int j = count < k ? count++ : k - 1;
            for (; j > 0 && best[j - 1] > mine; j--) {
                best[j] = best[j - 1];
                at[j] = at[j - 1];
            }
            best[j] = mine;
            at[j] = place;
            limit = best[count - 1];
        }
        for (int j = 0; j < k; j++) {
            places[unit * k + j] = at[j];
% if final:
            values[unit * k + j] = in[row * row_length + at[j]];
% endif
        }
    }
}
