## Stable sort of long rows by digits of their keys on a GPU: a work-group takes a block of ${block} elements.
##
## Called by sort.py with the parts of sort_radix.cl.mako, which says what each does and what lies in which buffer. In `move` a
## work-item owns ${items} neighbours: it counts their digits, a running sum over (digit, work-item) gives every element its place in the
## block, and the block, ordered in local memory, is written out in runs of equal digits.
<%
block = lanes * items
%>\
<%def name="units(count)">
    for (${index} unit = get_group_id(0); unit < ${count}; unit += get_num_groups(0)) {
</%def>\
<%def name="joined()">
        for (int reach = ${lanes // 2}; reach > 0; reach /= 2) {
            barrier(CLK_LOCAL_MEM_FENCE);
            if (me < reach) {
                every[me] &= every[me + reach];
                some[me] |= some[me + reach];
            }
        }
</%def>\
${functions}
__kernel __attribute__((reqd_work_group_size(${lanes}, 1, 1))) void ${name}(
% if part == "keys":
    const __global ${moved}* in, __global ${key}* keys, __global uint* positions, __global ${key}* same,
% elif part == "plan":
    const __global ${key}* same, __global int* side,
% elif part == "count":
    const __global ${key}* keys, const __global int* side, __global int* counts,
% elif part == "move":
    __global ${key}* keys, __global uint* positions, const __global int* side, const __global int* counts,
    const __global int* sums,
% else:
    const __global ${moved}* in, const __global uint* positions, const __global int* side, __global ${moved}* values,
    __global long* places,
% endif
    const ${index} rows, const ${index} n, const ${index} blocks, const ${index} size, const int digit) {
    const int me = get_local_id(0);
% if part in ("keys", "plan"):
    __local ${key} every[${lanes}], some[${lanes}];
% elif part == "count":
    __local int found[${8 * digits}];
% elif part == "move":
    __local ${key} staged[${block}];
    __local uint from[${block}];
    __local ushort before[${digits * lanes}];
    __local int totals[${lanes}];
    __local int first[${digits}];
% endif
% if part == "plan":
${units("rows")}
        ${key} all = ~(${key})0, any = 0;
        for (${index} b = me; b < blocks; b += ${lanes}) {
            all &= same[2 * (unit * blocks + b)];
            any |= same[2 * (unit * blocks + b) + 1];
        }
        every[me] = all;
        some[me] = any;
${joined()}
        if (me == 0) {
            int now = 0;
            for (int d = 0; d < ${passes}; d++) {
                const int moves = (((every[0] ^ some[0]) >> (${bits} * d)) & ${digits - 1}) != 0;
                side[unit * ${passes + 1} + d] = now + 2 * moves;
                now ^= moves;
            }
            side[unit * ${passes + 1} + ${passes}] = now;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
% else:
${units("rows * blocks")}
        const ${index} row = unit / blocks, part = unit % blocks, start = part * ${block}, base = row * n;
        const int valid = min((${index})${block}, n - start);
% if part == "keys":
        ${key} all = ~(${key})0, any = 0;
        for (int k = me; k < valid; k += ${lanes}) {
            const ${key} mine = key_e_${name}(in[base + start + k]);
            all &= mine;
            any |= mine;
            keys[base + start + k] = mine;
            positions[base + start + k] = start + k;
        }
        every[me] = all;
        some[me] = any;
${joined()}
        if (me == 0) {
            same[2 * unit] = every[0];
            same[2 * unit + 1] = some[0];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
% elif part == "finish":
        const __global uint* at = positions + (side[row * ${passes + 1} + ${passes}] ? rows * n : 0) + base + start;
        for (int k = me; k < valid; k += ${lanes}) {
            values[base + start + k] = in[base + at[k]];
            places[base + start + k] = at[k];
        }
% else:
        const int state = side[row * ${passes + 1} + digit];
        if (state < 2) continue;
        const ${index} mine = (state & 1 ? rows * n : 0) + base + start, other = (state & 1 ? 0 : rows * n) + base;
        const int shift = digit * ${bits};
% if part == "count":
        for (int d = me; d < ${8 * digits}; d += ${lanes}) found[d] = 0;
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int k = me; k < valid; k += ${lanes}) {
            atomic_inc(&found[me % 8 * ${digits} + (int)((keys[mine + k] >> shift) & ${digits - 1})]);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int d = me; d < ${digits}; d += ${lanes}) {
            counts[(row * ${digits} + d) * blocks + part] = ${" + ".join(f"found[d + {c * digits}]" for c in range(8))};
        }
        barrier(CLK_LOCAL_MEM_FENCE);
% else:
        for (int k = me; k < ${block}; k += ${lanes}) {
            staged[k] = k < valid ? keys[mine + k] : ~(${key})0;
            from[k] = k < valid ? positions[mine + k] : 0;
        }
        for (int d = 0; d < ${digits}; d++) before[d * ${lanes} + me] = 0;
        barrier(CLK_LOCAL_MEM_FENCE);
        ${key} own[${items}];
        uint place[${items}];
        for (int k = 0; k < ${items}; k++) {
            own[k] = staged[me * ${items} + k];
            place[k] = from[me * ${items} + k];
            before[(int)((own[k] >> shift) & ${digits - 1}) * ${lanes} + me]++;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        int sum = 0;
        for (int d = 0; d < ${digits}; d++) sum += before[me * ${digits} + d];
        totals[me] = sum;
        for (int reach = 1; reach < ${lanes}; reach *= 2) {
            barrier(CLK_LOCAL_MEM_FENCE);
            const int more = me >= reach ? totals[me - reach] : 0;
            barrier(CLK_LOCAL_MEM_FENCE);
            totals[me] += more;
        }
        sum = totals[me] - sum;
        for (int d = 0; d < ${digits}; d++) {
            const int here = before[me * ${digits} + d];
            before[me * ${digits} + d] = sum;
            sum += here;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int d = me; d < ${digits}; d += ${lanes}) {
            const ${index} at = (row * ${digits} + d) * blocks + part;
            first[d] = sums[at] - counts[at] - before[d * ${lanes}];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int k = 0; k < ${items}; k++) {
            const int to = before[(int)((own[k] >> shift) & ${digits - 1}) * ${lanes} + me]++;
            staged[to] = own[k];
            from[to] = place[k];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int k = me; k < valid; k += ${lanes}) {
            const ${key} moving = staged[k];
            const ${index} to = other + first[(int)((moving >> shift) & ${digits - 1})] + k;
            keys[to] = moving;
            positions[to] = from[k];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
% endif
% endif
    }
% endif
}
