## Stable sort of short rows on a GPU: a work-group sorts one row of up to ${lanes} elements in local memory, by a bitonic network.
##
## Called by sort.py. Equal keys are kept apart by their positions, which makes the order of the network stable; a row is filled
## up with positions behind its end, which sort last.
${functions}
__kernel void ${name}(const __global ${moved}* in, __global ${moved}* values, __global long* places,
    const ${index} units, const ${index} n) {
    __local ${key} keys[${lanes}];
    __local uint at[${lanes}];
    const int me = get_local_id(0), count = get_local_size(0);
    for (${index} unit = get_group_id(0); unit < units; unit += get_num_groups(0)) {
        const ${index} base = unit * n;
        for (int k = me; k < ${lanes}; k += count) {
            keys[k] = k < n ? key_e_${name}(in[base + k]) : ~(${key})0;
            at[k] = k;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int size = 2; size <= ${lanes}; size *= 2) {
            for (int step = size / 2; step > 0; step /= 2) {
                for (int k = me; k < ${lanes // 2}; k += count) {
                    const int a = 2 * k - (k & (step - 1)), b = a + step, up = (a & size) == 0;
                    const int greater = keys[a] > keys[b] || (keys[a] == keys[b] && at[a] > at[b]);
                    if (greater == up) {
                        const ${key} key = keys[a];
                        keys[a] = keys[b];
                        keys[b] = key;
                        const uint place = at[a];
                        at[a] = at[b];
                        at[b] = place;
                    }
                }
                barrier(CLK_LOCAL_MEM_FENCE);
            }
        }
        for (int k = me; k < n; k += count) {
            values[base + k] = in[base + at[k]];
            places[base + k] = at[k];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}
