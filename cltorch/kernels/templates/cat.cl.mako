## Up to ${count} tensors side by side: part k is (outer, width k) with rows `step` apart, and the result has rows of all widths together.
##
## Called by cat.py, which gives parts of width 0 for those that are not there, and where in a row each starts. A work-item copies
## its share of each part.
__kernel void ${name}(
% for k in range(count):
    const __global ${moved}* in${k}, const ${index} offset${k}, const ${index} width${k}, const ${index} step${k},
    const ${index} at${k},
% endfor
    __global ${moved}* restrict out, const ${index} outer, const ${index} total) {
    const ${index} me = get_global_id(0), items = get_global_size(0);
% for k in range(count):
    if (width${k}) {
% if cpu:
        if (width${k} < 16) {
            const ${index} rows = (outer + items - 1) / items, last = min((me + 1) * rows, outer);
            for (${index} row = me * rows; row < last; row++)
                for (int j = 0; j < width${k}; j++)
                    out[row * total + at${k} + j] = in${k}[offset${k} + row * step${k} + j];
        } else {
        const ${index} n = outer * width${k}, chunk = (n + items - 1) / items, last = min((me + 1) * chunk, n);
        for (${index} i = me * chunk; i < last;) {
            const ${index} row = i / width${k}, column = i - row * width${k}, count = min(width${k} - column, last - i);
            const __global ${moved}* from = in${k} + offset${k} + row * step${k} + column;
            __global ${moved}* to = out + row * total + at${k} + column;
            ${index} j = 0;
% if moved != "ulong2":  # which is a vector itself
            for (; j + 16 <= count; j += 16) vstore16(vload16(0, from + j), 0, to + j);
% endif
            for (; j < count; j++) to[j] = from[j];
            i += count;
        }
        }
% else:
        for (${index} i = me; i < outer * width${k}; i += items) {
            const ${index} row = i / width${k};
            const ${index} column = i - row * width${k};
            out[row * total + at${k} + column] = in${k}[offset${k} + row * step${k} + column];
        }
% endif
    }
% endfor
}
