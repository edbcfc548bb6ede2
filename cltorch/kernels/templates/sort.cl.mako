## Stable sort of rows by bottom-up merging of (value, position) pairs; NaN counts as the greatest.
##
## Called by sort.py. A unit is one row; a work-item takes every unit of its range. Runs of doubling length are merged from
## one pair of arrays into the other; after the last pass the result is copied if it ended in the scratch pair.
${functions}
static int before_e(const ${compute} a, const ${compute} b) {
% if floating:
    if (a != a) return ${"b == b" if descending else "0"};
    if (b != b) return ${"0" if descending else "1"};
% endif
    return a ${">" if descending else "<"} b;
}
__kernel void ${name}(const __global ${storage}* in, __global ${storage}* values, __global long* places,
    __global ${storage}* other_values, __global long* other_places,
    const ${index} units, const ${index} chunk, const ${index} n) {
% if cpu:
    const ${index} first = get_global_id(0) * chunk, last = min(first + chunk, units);
    for (${index} unit = first; unit < last; unit++) {
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
        const ${index} base = unit * n;
        __global ${storage}* from = values + base;
        __global long* from_places = places + base;
        __global ${storage}* to = other_values + base;
        __global long* to_places = other_places + base;
        for (${index} k = 0; k < n; k++) {
            from[k] = in[base + k];
            from_places[k] = k;
        }
        for (${index} width = 1; width < n; width *= 2) {
            for (${index} left = 0; left < n; left += 2 * width) {
                const ${index} middle = min(left + width, n), end = min(left + 2 * width, n);
                ${index} a = left, b = middle;
                for (${index} k = left; k < end; k++) {
                    const int right = b < end && (a >= middle || before_e(load_e(from, b), load_e(from, a)));
                    const ${index} pick = right ? b++ : a++;
                    to[k] = from[pick];
                    to_places[k] = from_places[pick];
                }
            }
            __global ${storage}* swap = from;
            from = to;
            to = swap;
            __global long* swap_places = from_places;
            from_places = to_places;
            to_places = swap_places;
        }
        if (from != values + base) {
            for (${index} k = 0; k < n; k++) {
                to[k] = from[k];
                to_places[k] = from_places[k];
            }
        }
    }
}
