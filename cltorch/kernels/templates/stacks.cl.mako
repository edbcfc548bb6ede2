## Up to ${count} tensors (planes, rows, columns) of several sizes, and a stack of equal ones: tensor k lies at its beginning in
## member first + k, with zeros behind it in every dimension. ${"They are put into the stack." if packs else "They are taken out of it."}
##
## Called by stacks.py, which gives tensors without planes for those that are not there. A work-item takes rows (CPU) or elements.
<%
    part, whole = (f"const __global {moved}*", f"__global {moved}*") if packs else (f"__global {moved}*", f"const __global {moved}*")
%>
static void ${name}_one(${part} part, const ${index} own_planes, const ${index} own_rows, const ${index} own_columns,
    ${whole} whole, const ${index} planes, const ${index} rows, const ${index} columns) {
    const ${index} me = get_global_id(0), items = get_global_size(0);
% if cpu:
    const ${index} n = ${"planes * rows" if packs else "own_planes * own_rows"}, share = (n + items - 1) / items;
    for (${index} line = me * share; line < min((me + 1) * share, n); line++) {
% if packs:
        const ${index} plane = line / rows, row = line - plane * rows;
        const ${index} count = plane < own_planes && row < own_rows ? own_columns : 0;
        const __global ${moved}* from = part + (plane * own_rows + row) * own_columns;
        __global ${moved}* to = whole + line * columns;
% else:
        const ${index} plane = line / own_rows, row = line - plane * own_rows, count = own_columns;
        const __global ${moved}* from = whole + (plane * rows + row) * columns;
        __global ${moved}* to = part + line * own_columns;
% endif
        ${index} j = 0;
% if moved != "ulong2":  # which is a vector itself
        for (; j + 16 <= count; j += 16) vstore16(vload16(0, from + j), 0, to + j);
% endif
        for (; j < count; j++) to[j] = from[j];
% if packs:
        for (; j < columns; j++) to[j] = 0;
% endif
    }
% elif packs:
    for (${index} i = me; i < planes * rows * columns; i += items) {
        const ${index} line = i / columns, column = i - line * columns, plane = line / rows, row = line - plane * rows;
        const int is_there = plane < own_planes && row < own_rows && column < own_columns;
        ${moved} value = 0;
        if (is_there) value = part[(plane * own_rows + row) * own_columns + column];
        whole[i] = value;
    }
% else:
    for (${index} i = me; i < own_planes * own_rows * own_columns; i += items) {
        const ${index} line = i / own_columns, column = i - line * own_columns;
        const ${index} plane = line / own_rows, row = line - plane * own_rows;
        part[i] = whole[(plane * rows + row) * columns + column];
    }
% endif
}
__kernel void ${name}(
% for k in range(count):
    ${part} part${k}, const ${index} planes${k}, const ${index} rows${k}, const ${index} columns${k},
% endfor
    ${whole} whole, const ${index} first, const ${index} planes, const ${index} rows, const ${index} columns) {
    const ${index} size = planes * rows * columns;
% for k in range(count):
    if (planes${k}) ${name}_one(part${k}, planes${k}, rows${k}, columns${k}, whole + (first + ${k}) * size, planes, rows, columns);
% endfor
}
