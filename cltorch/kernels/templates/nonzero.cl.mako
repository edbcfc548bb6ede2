## Where a mask (bytes 0 or 1) is true, in order: the count of each block first, then, behind the blocks before, the positions.
##
## Called by search.py. `count`: In mask -> how many are true in each block. `write`: mask and the running sums of those -> the
## positions: flat ones, or (`rank` > 0) the coordinates, (rank, total).
__kernel void ${name}(const __global uchar* mask,
% if part == "count":
    __global long* counts,
% else:
    const __global long* sums, __global long* out,
% for d in range(rank):
    const ${index} n${d}, const ${index} step${d},
% endfor
    const long total,
% endif
    const ${index} n, const ${index} blocks, const ${index} size) {
    for (${index} block = get_global_id(0); block < blocks; block += get_global_size(0)) {
        const ${index} start = block * size, end = min(start + size, n);
        ${index} i = start;
% if part == "count":
        long count = 0;
        for (; i + 8 <= end; i += 8) count += (*(const __global ulong*)(mask + i) * 0x0101010101010101UL) >> 56;
        for (; i < end; i++) count += mask[i];
        counts[block] = count;
% else:
        long at = block ? sums[block - 1] : 0;
        const long limit = sums[block];
        for (; i < end; i++) {
% if rank:
            if (!mask[i]) continue;
% for d in range(rank):
            out[${d} * total + at] = ${f"i / step{d}" if d < rank - 1 else "i"}${f" % n{d}" if d else ""};
% endfor
            at++;
% else:
            if (at < limit) out[at] = i;
            at += mask[i];
% endif
        }
% endif
    }
}
