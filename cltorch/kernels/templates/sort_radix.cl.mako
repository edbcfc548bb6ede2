## Stable sort of long rows by digits of their keys, in blocks that work-items share.
##
## Called by sort.py, which launches the parts: `keys` writes keys and positions and what bits differ within each block; `plan`
## finds per row, for every digit, whether it differs at all and in which half of the scratch memory the keys are then; per digit
## `count` (how often each digit occurs in each block: (rows, ${digits}, blocks)), a running sum over that, and `move`, which puts every
## element behind those of smaller digits and of earlier blocks; `finish` fetches the elements. A digit that is the same in the
## whole row moves nothing.
<%
last = f"const {index} end = min(start + size, n);"
%>\
${functions}
__kernel void ${name}(
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
% if part == "plan":
    for (${index} row = get_global_id(0); row < rows; row += get_global_size(0)) {
        ${key} all = ~(${key})0, any = 0;
        for (${index} b = row * blocks; b < (row + 1) * blocks; b++) {
            all &= same[2 * b];
            any |= same[2 * b + 1];
        }
        int now = 0;
        for (int d = 0; d < ${passes}; d++) {
            const int moves = (((all ^ any) >> (${bits} * d)) & ${digits - 1}) != 0;
            side[row * ${passes + 1} + d] = now + 2 * moves;
            now ^= moves;
        }
        side[row * ${passes + 1} + ${passes}] = now;
    }
% else:
    for (${index} unit = get_global_id(0); unit < rows * blocks; unit += get_global_size(0)) {
        const ${index} row = unit / blocks, block = unit % blocks, start = block * size;
        const ${index} end = min(start + size, n);
% if part == "keys":
        ${key} all = ~(${key})0, any = 0;
        for (${index} k = start; k < end; k++) {
            const ${key} mine = key_e_${name}(in[row * n + k]);
            all &= mine;
            any |= mine;
            keys[row * n + k] = mine;
            positions[row * n + k] = k;
        }
        same[2 * unit] = all;
        same[2 * unit + 1] = any;
% elif part == "finish":
        const __global uint* at = positions + (side[row * ${passes + 1} + ${passes}] ? rows * n : 0) + row * n;
        for (${index} k = start; k < end; k++) {
            values[row * n + k] = in[row * n + at[k]];
            places[row * n + k] = at[k];
        }
% else:
        const int state = side[row * ${passes + 1} + digit];
        if (state < 2) continue;
        const ${index} mine = (state & 1 ? rows * n : 0) + row * n, other = (state & 1 ? 0 : rows * n) + row * n;
        const int shift = digit * ${bits};
        int next[${digits}];
% if part == "count":
        for (int d = 0; d < ${digits}; d++) next[d] = 0;
        for (${index} k = start; k < end; k++) next[(keys[mine + k] >> shift) & ${digits - 1}]++;
        for (int d = 0; d < ${digits}; d++) counts[(row * ${digits} + d) * blocks + block] = next[d];
% else:
        for (int d = 0; d < ${digits}; d++) {
            const ${index} at = (row * ${digits} + d) * blocks + block;
            next[d] = sums[at] - counts[at];
        }
        for (${index} k = start; k < end; k++) {
            const ${key} key = keys[mine + k];
            const int to = next[(key >> shift) & ${digits - 1}]++;
            keys[other + to] = key;
            positions[other + to] = positions[mine + k];
        }
% endif
% endif
    }
% endif
}
