## ${count} vectors whose elements alternate in the result, CPU form. Called by cat.py. The last block overlaps the one before.
<% type = f"{moved}{lanes}" %>\
__kernel void ${name}(
% for k in range(count):
    const __global ${moved}* in${k}, const ${index} offset${k},
% endfor
    __global ${moved}* restrict out, const ${index} outer, const ${index} blocks, const ${index} chunk) {
    const ${index} first = get_global_id(0) * chunk, end = min(first + chunk, blocks);
    for (${index} block = first; block < end; block++) {
        const ${index} at = min(block * ${lanes}, outer - ${lanes});
% for k in range(count):
        const ${type} v${k} = vload${lanes}(0, in${k} + offset${k} + at);
% endfor
% for k in range(count):
        vstore${lanes}((${type})(${", ".join(f"v{(k * lanes + j) % count}.s{(k * lanes + j) // count:x}" for j in range(lanes))}), 0, out + at * ${count} + ${k * lanes});
% endfor
    }
}
