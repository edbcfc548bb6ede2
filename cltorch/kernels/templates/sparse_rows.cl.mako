## The product of a sparse matrix, whose rows lie one after the other, with a dense one. Called by sparse.py. A unit is one row of the result and
## up to ${width} of its columns, which are added up in registers: `ends` says where the values of a row start and end.
${functions}
__kernel void ${name}(const __global long* ends, const __global long* columns, const __global ${storage}* held,
                      const __global ${storage}* dense, __global ${storage}* out, const long units, const long chunk,
                      const long blocks, const long total) {
% if cpu:
    const long first = get_global_id(0) * chunk, last = min(first + chunk, units);
    for (long unit = first; unit < last; unit++) {
% else:
    for (long unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
        const long row = unit / blocks, from = unit % blocks * ${width};
        ${compute} sums[${width}] = {0};
        const long end = ends[row + 1];
        if (from + ${width} <= total) {
            for (long k = ends[row]; k < end; k++) {
                const ${compute} a = load_e_${name}(held, k);
                const long at = columns[k] * total + from;
                for (int j = 0; j < ${width}; j++) {
                    const ${compute} b = load_e_${name}(dense, at + j);
                    sums[j] += ${product};
                }
            }
            for (int j = 0; j < ${width}; j++) store_e_${name}(out, row * total + from + j, sums[j]);
        } else {
            const int some = total - from;
            for (long k = ends[row]; k < end; k++) {
                const ${compute} a = load_e_${name}(held, k);
                const long at = columns[k] * total + from;
                for (int j = 0; j < some; j++) {
                    const ${compute} b = load_e_${name}(dense, at + j);
                    sums[j] += ${product};
                }
            }
            for (int j = 0; j < some; j++) store_e_${name}(out, row * total + from + j, sums[j]);
        }
    }
}
