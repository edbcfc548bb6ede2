## Between the transforms of pairs of real numbers and the first half of those of the numbers, over all rows: see fft_halves.mako. Called by fft.py.
## The last vector of a row overlaps the one before. Where a row begins, its two real ends are done.
<%namespace name="halves" file="fft_halves.mako"/>
__kernel void ${name}(const __global ${real}* in, const __global ${real}* roots, __global ${real}* out, const ${index} apart,
                      const ${index} start, const ${index} h, const ${index} blocks, const ${index} units, const ${index} chunk) {
% if cpu:
    const ${index} first = get_global_id(0) * chunk, end = min(first + chunk, units);
    for (${index} unit = first; unit < end; unit++) {
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
        const ${index} row = unit / blocks;
        const __global ${real}* from = in + start + row * apart;
        __global ${real}* to = out + 2 * row * ${"(h + 1)" if unpack else "h"};
        if (unit % blocks == 0) {
${halves.ends(real, unpack, "", "")}\
            if (h == 1) continue;
        }
        const ${index} k = 1 + min(unit % blocks * ${lanes}, h - 1 - ${lanes});
${halves.turned(real, lanes, inverse, unpack, "roots", "", "")}\
    }
}
