## What is asked of sorted rows: the first `k` elements (`head`), or the k-th or the median of each, with the positions.
##
## Called by select.py after a sort: all of the GPU form, and on CPUs the first elements where they are many: what was sorted are candidates
## then, and `candidates` says where each of them stood.
__kernel void ${name}(const __global ${moved}* sorted, const __global long* sorted_places,
% if nested:
    const __global long* candidates,
% endif
    __global ${moved}* values,
    __global long* places, const ${index} units, const ${index} chunk, const ${index} n, const ${index} k) {
% if cpu:
    const ${index} first = get_global_id(0) * chunk, last = min(first + chunk, units);
    for (${index} unit = first; unit < last; unit++) {
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
% if kind == "head":
        const ${index} from = unit / k * n + unit % k;
% else:
        ${index} from = unit * n + k;
% if kind != "kth":
        ${index} numbers = n;
% if floating:
        for (; numbers > 0; numbers--) {  // what is NaN stands at the end
            const ${moved} bits = sorted[unit * n + numbers - 1];
            if ((bits & ${magnitude}) <= ${infinity}) break;
        }
% endif
        from = unit * n + ${"(numbers < n ? numbers : (n - 1) / 2)" if kind == "median" else "(numbers ? (numbers - 1) / 2 : 0)"};
% endif
% endif
        values[unit] = sorted[from];
        places[unit] = ${"candidates[from / n * n + sorted_places[from]]" if nested else "sorted_places[from]"};
    }
}
