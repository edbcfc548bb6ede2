## A random order of 0 .. n - 1 from as many random words: each element goes into one of ${digits} buckets by the low bits of its word
## (Rao 1961, Sandelius 1962), whose elements are then shuffled where they lie in the cache (Fisher and Yates) by the high bits.
##
## Called by shuffle.py (CPU form), which launches the parts: `count` (how many elements of each block go into each bucket: (${digits},
## blocks)), a running sum over that, `move`, and `finish`, a unit of which is a bucket; of `whole` there is one, and nothing to move.
__kernel void ${name}(const __global long* words,
% if part == "count":
    __global int* counts,
% elif part == "move":
    const __global int* counts, const __global int* sums, __global uint* order,
% else:
${"" if whole else "    const __global int* sums,"}
    __global uint* order, __global long* out,
% endif
    const ${index} n, const ${index} blocks, const ${index} size) {
% if part == "finish":
    for (int bucket = get_global_id(0); bucket < ${1 if whole else digits}; bucket += get_global_size(0)) {
% if whole:
        const ${index} first = 0, end = n;
        for (${index} k = 0; k < n; k++) order[k] = k;
% else:
        const ${index} first = bucket ? sums[bucket * blocks - 1] : 0, end = sums[(bucket + 1) * blocks - 1];
% endif
        for (${index} k = first; k < end; k++) {
            const ${index} other = k + (${index})(((ulong)words[k] >> 32) * (ulong)(end - k) >> 32);
            const uint taken = order[other];
            order[other] = order[k];
            out[k] = taken;
        }
    }
% else:
    for (${index} block = get_global_id(0); block < blocks; block += get_global_size(0)) {
        const ${index} start = block * size, end = min(start + size, n);
        int next[${digits}];
% if part == "count":
        for (int d = 0; d < ${digits}; d++) next[d] = 0;
        for (${index} k = start; k < end; k++) next[words[k] & ${digits - 1}]++;
        for (int d = 0; d < ${digits}; d++) counts[d * blocks + block] = next[d];
% else:
        for (int d = 0; d < ${digits}; d++) next[d] = sums[d * blocks + block] - counts[d * blocks + block];
        for (${index} k = start; k < end; k++) order[next[words[k] & ${digits - 1}]++] = k;
% endif
    }
% endif
}
