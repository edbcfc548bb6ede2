## A fused reduction, CPU form, lanes along the innermost row dimension (`width` rows), each lane a row of its own.
##
## Called by fused_cpu.py. A unit is one part of a block of `block` vectors of rows, at most ${vectors}: unit = (part * outer + o) *
## row_blocks + block; a work-item takes `chunk` units in a row. The walk is outside, the block's vectors inside, so that
## memory is read in whole lines; what a row keeps (values, states of reductions) is an array with one vector for each v.
## Parts and segments as in map_reduce_rows.cl.mako.
## o<a>, p<a>: where access a starts for the block's first row, in this row and in this segment; at: the element within the
## innermost walked dimension; c: the first row of vector v, counted from the block's; left: how many rows it has.
<%def name="lines(block)">
% for line in block:
${line}
% endfor
</%def>
<%def name="vector_loop()">
for (${index} v = 0, c = 0; v < count; v++, c += ${lanes}) {
const ${index} left = min((${index})${lanes}, width - column - c);
${caller.body()}
}
</%def>
__kernel void ${name}(${parameters}) {
#pragma OPENCL FP_CONTRACT OFF
${lines(uniform)}
const ${index} first = (${index})get_global_id(0) * chunk, last = min(first + chunk, units);
const ${index} part_units = units / unit_parts;
${lines(arrays)}
for (${index} unit = first; unit < last; unit++) {
const ${index} part = unit / part_units;
${index} row_rest = unit - part * part_units;
const ${index} column = row_rest % row_blocks * block * ${lanes};
row_rest /= row_blocks;
const ${index} row = row_rest * width + column;
const ${index} count = min(block, (width - column + ${lanes - 1}) / ${lanes});
const ${index} whole = min(count, (width - column) / ${lanes});
${lines(row_counters)}
${lines(offsets)}
% if combined:
<%call expr="vector_loop()">
% for reduction in combined:
${lines(reduction["before"])}
for (${index} q = 0; q < parts; q++) {
${lines(reduction["step"])}
}
${lines(reduction["after"])}
% endfor
</%call>
% endif
% for walk in walks:
<%call expr="vector_loop()">
${lines(walk["before"])}
${lines(walk["starts"])}
</%call>
{
${index} segment = part * per_part, outer = segment ? segment / blocks : 0, block_at = segment - outer * blocks;
for (const ${index} behind = min(segment + per_part, segments); segment < behind; segment++) {
${index} walk_rest = outer;
const ${index} begin = block_at * length, end = min(begin + length, inner);
${lines(walk_counters)}
${lines(walk["offsets"])}
% if walk["resets"]:
<%call expr="vector_loop()">
${lines(walk["resets"])}
</%call>
% endif
for (${index} at = begin; at < end; at++) {
for (${index} v = 0, c = 0; v < whole; v++, c += ${lanes}) {
${lines(walk["mains"][0])}
}
if (whole < count) {
const ${index} v = whole, c = whole * ${lanes}, left = width - column - c;
${lines(walk["tail"])}
}
}
% if walk["flush"]:
<%call expr="vector_loop()">
${lines(walk["flush"])}
</%call>
% endif
if (++block_at == blocks) {
block_at = 0;
outer++;
}
}
}
% if walk["end"]:
<%call expr="vector_loop()">
${lines(walk["end"])}
</%call>
% endif
% endfor
% if after:
<%call expr="vector_loop()">
${lines(after)}
</%call>
% endif
}
}
