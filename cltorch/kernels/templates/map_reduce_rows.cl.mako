## A fused map or reduction, CPU form, lanes along the walked dimension.
##
## Called by fused_cpu.py. A unit is one part of one row: unit = row * unit_parts + part; a work-item takes `chunk` units in a
## row. A part is `per_part` segments; segment = outer * blocks + block, where a block is `length` elements of the innermost
## walked dimension (`inner` elements long) and outer counts the walked dimensions outside it.
## o<a>, p<a>: where access a starts in this row and in this segment; at: the element within the innermost dimension;
## left: how many elements the last vector has.
<%def name="lines(block)">
% for line in block:
${line}
% endfor
</%def>
__kernel void ${name}(${parameters}) {
#pragma OPENCL FP_CONTRACT OFF
${lines(uniform)}
const ${index} first = (${index})get_global_id(0) * chunk, last = min(first + chunk, units);
const ${index} rows = units / unit_parts;
${lines(caches)}
for (${index} unit = first; unit < last; unit++) {
const ${index} row = unit / unit_parts, part = unit - row * unit_parts;
${index} row_rest = row;
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
% for ctype, variable in walk["variables"]:
${ctype} ${variable};
% endfor
${lines(walk["starts"])}
for (${index} segment = part * per_part; segment < min((part + 1) * per_part, segments); segment++) {
${index} walk_rest = segment / blocks;
const ${index} begin = (segment - walk_rest * blocks) * length, end = min(begin + length, inner);
${lines(walk_counters)}
${lines(walk["offsets"])}
${lines(walk["resets"])}
${index} at = begin;
% if walk["unroll"] > 1:
for (; at + ${lanes * walk["unroll"]} <= end;) {
% for main in walk["mains"]:
{
${lines(main)}
}
at += ${lanes};
% endfor
}
% endif
for (; at + ${lanes} <= end; at += ${lanes}) {
${lines(walk["mains"][0])}
}
if (at < end) {
const ${index} left = end - at;
${lines(walk["tail"])}
}
${lines(walk["flush"])}
}
${lines(walk["end"])}
% endfor
${lines(after)}
}
}
