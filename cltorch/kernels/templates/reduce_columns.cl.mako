## A fused reduction, CPU form, lanes along the innermost row dimension (`width` rows), each lane a row of its own.
##
## Called by fused_cpu.py. A unit is one part of a block of ${lanes} rows: unit = (part * outer + o) * row_blocks + block; a
## work-item takes `chunk` units in a row, so that neighbouring blocks find in the cache what they share. Parts and segments
## as in map_reduce_rows.cl.mako.
## o<a>, p<a>: where access a starts for the first lane, in this row and in this segment; at: the element within the innermost
## walked dimension; left, k<l>: how many rows the block has, and lane l or the last one that exists.
<%def name="lines(block)">
% for line in block:
${line}
% endfor
</%def>
__kernel void ${name}(${parameters}) {
#pragma OPENCL FP_CONTRACT OFF
${lines(uniform)}
const ${index} first = (${index})get_global_id(0) * chunk, last = min(first + chunk, units);
const ${index} part_units = units / unit_parts;
for (${index} unit = first; unit < last; unit++) {
const ${index} part = unit / part_units;
${index} row_rest = unit - part * part_units;
const ${index} column = row_rest % row_blocks * ${lanes};
row_rest /= row_blocks;
const ${index} row = row_rest * width + column, left = min((${index})${lanes}, width - column);
const ${index} ${", ".join(f"k{l} = min(({index}){l}, left - 1)" for l in range(lanes))};
${lines(row_counters)}
${lines(offsets)}
% for reduction in combined:
${lines(reduction["before"])}
for (${index} q = 0; q < parts; q++) {
${lines(reduction["step"])}
}
${lines(reduction["after"])}
% endfor
% for walk in walks:
${lines(walk["before"])}
${lines(walk["declare"])}
for (${index} segment = part * per_part; segment < min((part + 1) * per_part, segments); segment++) {
${index} walk_rest = segment / blocks;
const ${index} begin = (segment - walk_rest * blocks) * length, end = min(begin + length, inner);
${lines(walk_counters)}
${lines(walk["offsets"])}
${index} at = begin;
% if walk["unroll"] > 1:
for (; at + ${walk["unroll"]} <= end;) {
% for main in walk["mains"]:
{
${lines(main)}
}
at++;
% endfor
}
% endif
for (; at < end; at++) {
${lines(walk["mains"][0])}
}
}
${lines(walk["end"])}
% endfor
${lines(after)}
}
}
