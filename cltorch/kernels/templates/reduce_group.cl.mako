## A fused reduction, GPU form: a work-group takes `across` rows at a time, each with `along` work-items (a power of two).
##
## Called by fused_gpu.py. A unit is one part of a block of rows; a part is `per_part` elements of the walk. Work-item lid has
## row x and place y; what lies next to each other in memory is walked by neighbours (row_step, walk_step).
## o<a>, p<a>: where access a starts in this row, and its current element. Rows past the end repeat the last one and store
## nothing, because every work-item must reach the barriers.
<%def name="lines(block)">
% for line in block:
${line}
% endfor
</%def>
## The work-items of a row join their states in a tree in local memory; nobody writes there again before all have read.
<%def name="joined(part)">
${lines(part["puts"])}
barrier(CLK_LOCAL_MEM_FENCE);
for (int reach = along / 2; reach > 0; reach /= 2) {
if (y < reach) {
${lines(part["tree"])}
}
barrier(CLK_LOCAL_MEM_FENCE);
}
${lines(part["after"])}
barrier(CLK_LOCAL_MEM_FENCE);
</%def>
__kernel __attribute__((reqd_work_group_size(${group}, 1, 1))) void ${name}(${parameters}) {
#pragma OPENCL FP_CONTRACT OFF
% for array, kind in local_arrays.items():
__local ${kind} ${array}[${group}];
% endfor
${lines(uniform)}
const int lid = get_local_id(0), x = lid / row_step % across, y = lid / walk_step % along;
for (${index} unit = get_group_id(0); unit < units; unit += get_num_groups(0)) {
const ${index} part = unit % unit_parts, wanted = unit / unit_parts * across + x, row = min(wanted, rows - 1);
const int active = wanted < rows;
${index} row_rest = row;
${lines(row_counters)}
${lines(offsets)}
% if combined:
${lines(combined["declare"])}
for (${index} q = y; q < parts; q += along) {
${lines(combined["step"])}
}
${joined(combined)}
% endif
% for walk in walks:
${lines(walk["before"])}
${lines(walk["declare"])}
% if walk["flush"]:
for (${index} first = part * per_part + y; first < min((part + 1) * per_part, count); first += along * ${block}) {
#pragma unroll 4
for (${index} at = first; at < min(min(first + along * ${block}, (part + 1) * per_part), count); at += along) {
% else:
#pragma unroll 4
for (${index} at = part * per_part + y; at < min((part + 1) * per_part, count); at += along) {
% endif
${index} walk_rest = at;
${lines(walk["counters"])}
${lines(walk["offsets"])}
${lines(walk["body"])}
% if walk["stores"]:
if (active) {
${lines(walk["stores"])}
}
% endif
}
% if walk["flush"]:
${lines(walk["flush"])}
}
% endif
% if walk["puts"]:
${joined(walk)}
% if walk["partial"]:
if (active && y == 0) {
${lines(walk["partial"])}
}
% endif
% endif
% endfor
${lines(compute)}
% if stores:
if (active && y == 0) {
${lines(stores)}
}
% endif
}
}
