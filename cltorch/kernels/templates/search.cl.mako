## Where values would have to be put into sorted rows: binary search.
##
## Called by search.py. A unit is one value of (rows, m); its row of boundaries has n elements (one row for all where `stride` is 0),
## read through `sorter` where there is one. The place is before equal elements, or behind them (`right`). NaN sorts last.
${functions}
__kernel void ${name}(const __global ${storage}* sorted, const __global ${storage}* in,
% if sorter:
    const __global long* sorter,
% endif
    __global ${out_type}* out, const ${index} units, const ${index} chunk, const ${index} n, const ${index} m,
    const ${index} stride) {
% if cpu:
    const ${index} first = get_global_id(0) * chunk, last = min(first + chunk, units);
    for (${index} unit = first; unit < last; unit++) {
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
        const ${compute} value = load_e_${name}(in, unit);
        const ${index} base = unit / m * stride;
        ${index} at = 0;
        for (${index} left = n; left > 0;) {
            const ${index} half_ = left / 2, middle = base + at + half_;
            const ${compute} there = load_e_${name}(sorted, ${f"base + sorter[middle]" if sorter else "middle"});
            const int below = !(there ${">" if right else ">="} value);
            at = below ? at + half_ + 1 : at;
            left = below ? left - half_ - 1 : half_;
        }
        out[unit] = at;
    }
}
