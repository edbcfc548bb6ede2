## Running sums, products, maxima or minima along the middle dimension of (outer, n, inner).
##
## Called by scan.py. A unit is one row of n elements, `inner` apart; a work-item takes every unit of its range.
## Extremes also give the position of the element that is the extreme so far (the last of equal ones, as torch does).
${functions}
__kernel void ${name}(const __global ${in_storage}* in, __global ${storage}* out,
% if positions:
    __global long* picked,
% endif
    const ${index} units, const ${index} chunk, const ${index} n, const ${index} inner) {
% if cpu:
    const ${index} first = get_global_id(0) * chunk, last = min(first + chunk, units);
    for (${index} unit = first; unit < last; unit++) {
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
        ${index} at = unit / inner * n * inner + unit % inner;
        ${compute} total = 0;
        long best = 0;
        for (${index} k = 0; k < n; k++, at += inner) {
            const ${compute} value = (${compute})load_i(in, at);
% if positions:
            if (k == 0 || value ${better} total || value != value) {
                total = value;
                best = k;
            }
            picked[at] = best;
% else:
            total = k == 0 ? value : total ${sign} value;
% endif
            store_o(out, at, total);
        }
    }
}
