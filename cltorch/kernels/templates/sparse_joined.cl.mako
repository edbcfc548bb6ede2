## Places once each, in order, with the sum of their values. Called by sparse.py. One work-item does all: it is for few places, of which most come in
## order already; others are put in order by digits of their flat positions. `keys` and `order` have two halves, from one of which to the other each
## digit moves them. How many places there are comes first, as the rows of `to` are side by side.
<%def name="key(k)">${"(" * (depth - 1)}places[${k}]${"".join(f" * size{d} + places[{d} * count + {k}])" for d in range(1, depth))}</%def>\
${functions}
__kernel void ${name}(const __global long* places, const __global ${storage}* held, __global long* to, __global ${storage}* out,
                      __global long* found, __global ulong* keys, __global int* order, const int count, const int inner,
                      const int digits${"".join(f", const long size{d}" for d in range(1, depth))}) {
    int ordered = 1, from = 0;
    for (int k = 0; k < count; k++) {
        keys[k] = ${key("k")};
        order[k] = k;
        ordered &= k == 0 || keys[k - 1] <= keys[k];
    }
    for (int digit = 0; digit < digits && !ordered; digit++) {
        const int to = count - from, shift = ${bits} * digit;
        int next[${1 << bits}];
        for (int d = 0; d < ${1 << bits}; d++)
            next[d] = 0;
        for (int k = 0; k < count; k++)
            next[keys[from + k] >> shift & ${(1 << bits) - 1}]++;
        for (int d = 0, sum = to; d < ${1 << bits}; d++) {
            const int many = next[d];
            next[d] = sum;
            sum += many;
        }
        for (int k = from; k < from + count; k++) {
            const int at = next[keys[k] >> shift & ${(1 << bits) - 1}]++;
            keys[at] = keys[k];
            order[at] = order[k];
        }
        from = to;
    }
    __global int* first = order + (count - from);
    keys += from;
    order += from;
    int groups = 0;
    for (int k = 0; k < count; groups++) {
        int end = k + 1;
        while (end < count && keys[end] == keys[k])
            end++;
        for (int i = 0; i < inner; i++) {
            ${compute} sum = load_e_${name}(held, (long)order[k] * inner + i);
            for (int next = k + 1; next < end; next++)
                sum += load_e_${name}(held, (long)order[next] * inner + i);
            store_e_${name}(out, (long)groups * inner + i, sum);
        }
        first[groups] = order[k];
        k = end;
    }
    for (int d = 0; d < ${depth}; d++)
        for (int group = 0; group < groups; group++)
            to[d * groups + group] = places[d * count + first[group]];
    found[0] = groups;
}
