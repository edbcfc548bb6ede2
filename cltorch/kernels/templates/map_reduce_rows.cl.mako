## A fused map or reduction, CPU form, lanes along the walked dimension.
##
## Called by fused_cpu.py. A unit is one part of one row: unit = row * unit_parts + part; a work-item takes `chunk` units in a
## row. A part is `per_part` segments; segment = outer * blocks + block, where a block is `length` elements of the innermost
## walked dimension (`inner` elements long) and outer counts the walked dimensions outside it. A map (`plain`) walks one dimension
## and nothing else, so its parts are blocks.
## o<a>, p<a>: where access a starts in this row and in this segment; at: the element within the innermost dimension;
## left: how many elements the last vector has. A cheap walk takes several vectors a turn: neighbours, or, where they are at least
## `far` elements long, as many streams side by side (which keep more of a cache's prefetchers busy).
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
${index} row = first / unit_parts, part = first - row * unit_parts, row_rest = row;
${lines(row_counters)}
for (${index} unit = first; unit < last; unit++) {
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
{
% if plain:
const ${index} begin = part * length, end = min(begin + length, inner);
{
% else:
${index} segment = part * per_part, outer = segment ? segment / blocks : 0, block_at = segment - outer * blocks;
for (const ${index} behind = min(segment + per_part, segments); segment < behind; segment++) {
${index} walk_rest = outer;
const ${index} begin = block_at * length, end = min(begin + length, inner);
${lines(walk_counters)}
% endif
${lines(walk["offsets"])}
${lines(walk["resets"])}
${index} at = begin;
% if walk["unroll"] > 1:
const ${index} stream = (end - at) / ${lanes * walk["unroll"]} * ${lanes};
const ${index} apart = stream < ${far} ? ${lanes} : stream, step = stream < ${far} ? ${lanes * walk["unroll"]} : ${lanes};
for (${index} turn = 0, ahead = at; turn < stream; turn += ${lanes}, ahead += step) {
% for u, main in enumerate(walk["mains"]):
{
const ${index} at = ahead + ${u} * apart;
${lines(main)}
}
% endfor
}
at += ${walk["unroll"]} * stream;
% endif
% if walk["past"]:
for (; past && at + ${lanes} <= end; at += ${lanes}) {
${lines(walk["past"])}
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
% if not plain:
if (++block_at == blocks) {
block_at = 0;
outer++;
}
% endif
}
}
${lines(walk["end"])}
% endfor
${lines(after)}
if (++part == unit_parts) {
part = 0;
row++;
${lines(next_row)}
}
}
}
