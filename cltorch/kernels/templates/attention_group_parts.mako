## What the GPU kernels of attention.py share: products of tiles of ${"t.side"} lines by a work-group of 128, 16 steps at a time in local memory, the
## next ones on their way in registers. Work-item (y, x) has rows (r / 4) * 32 + y * 4 + r % 4 and columns x * ${"t.across"} + c of every tile.
<%def name="row(r)">${r // 4 * 32 + r % 4} + y * 4</%def>
<%def name="strides(operand)">const long ${operand}_outer, const long ${operand}_inner, const long ${operand}_row, const long ${operand}_first</%def>
<%def name="start(operand)">${operand} + (${operand}_first + head / inner * ${operand}_outer + head % inner * ${operand}_inner)</%def>
<%def name="begin()">
    typedef ${t.real} number;
    typedef ${t.real}4 number4;
    typedef ${t.real}${t.across} part;
    __local number left_tile[${16 * t.stride}] __attribute__((aligned(32)));
    __local number right_tile[${16 * max(t.stride, t.groups * t.side)}] __attribute__((aligned(32)));
    __local number weights[${t.side * t.stride}] __attribute__((aligned(32)));
    const int lane = get_local_id(0), x = lane % 16, y = lane / 16;
    const int head = get_group_id(0) % heads, block = get_group_id(0) / heads;
</%def>
<%def name="multiply(left, right, apart, sums)">
                for (int s = 0; s < 16; s++) {
% for q in range(t.rows // 4):
                    const number4 l${q} = *(const __local number4*)(${left} + s * ${t.stride} + ${q * 32} + y * 4);
% endfor
% for n in range(len(sums)):
                    const part r${n} = *(const __local part*)(${right} + s * ${apart} + ${n * t.side} + x * ${t.across});
% for r in range(t.rows):
                    ${sums[n]}${r} += l${r // 4}.s${r % 4} * r${n};
% endfor
% endfor
                }
</%def>
## made{r} = what rows a_at.. of a and b_at.. of b, which end at a_end and b_end, have in common over `depth` steps.
<%def name="cross(made, a, a_row, a_at, a_end, b, b_row, b_at, b_end, depth)">
            part ${", ".join(f"{made}{r} = 0" for r in range(t.rows))};
            {
                number a_next[${t.side // 8}], b_next[${t.side // 8}];
                for (int s0 = -16; s0 < ${depth}; s0 += 16) {
                    if (s0 >= 0) {
                        barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
                        for (int k = 0; k < ${t.side // 8}; k++) {
                            left_tile[x * ${t.stride} + y + 8 * k] = a_next[k];
                            right_tile[x * ${t.stride} + y + 8 * k] = b_next[k];
                        }
                        barrier(CLK_LOCAL_MEM_FENCE);
                    }
                    const int step = s0 + 16 + x;
#pragma unroll
                    for (int k = 0; k < ${t.side // 8}; k++) {
                        a_next[k] = step < ${depth} ? ${a}[min(${a_at} + y + 8 * k, ${a_end} - 1) * ${a_row} + step] : 0;
                        b_next[k] = step < ${depth} ? ${b}[min(${b_at} + y + 8 * k, ${b_end} - 1) * ${b_row} + step] : 0;
                    }
                    if (s0 >= 0) {
${multiply("left_tile", "right_tile", t.stride, [made])}
                    }
                }
            }
</%def>
## sums{n}_{r} += what lines of `weights` make of rows at.. of b, which end at `end`; the work-group meets first.
<%def name="add(sums, b, b_row, at, end, columns)">
<% wide, count = t.groups * t.side, t.groups * t.side // 8 %>\
            {
                number next[${count}];
                for (int k0 = -16; k0 < ${t.side}; k0 += 16) {
                    barrier(CLK_LOCAL_MEM_FENCE);
                    if (k0 >= 0) {
#pragma unroll
                        for (int k = 0; k < ${count}; k++)
                            right_tile[lane + 128 * k] = next[k];
                        barrier(CLK_LOCAL_MEM_FENCE);
                    }
#pragma unroll
                    for (int k = 0; k < ${count}; k++) {
                        const int line = ${at} + k0 + 16 + (lane + 128 * k) / ${wide}, c = (lane + 128 * k) % ${wide};
                        next[k] = line < ${end} && c < ${columns} ? ${b}[line * ${b_row} + c] : 0;
                    }
                    if (k0 >= 0) {
${multiply(f"(weights + k0 * {t.stride})", "right_tile", wide, [f"{sums}{n}_" for n in range(t.groups)])}
                    }
                }
            }
</%def>
## The tile `made`, columns as lines of `weights`.
<%def name="keep(made)">
            barrier(CLK_LOCAL_MEM_FENCE);
% for c in range(t.across):
% for q in range(t.rows // 4):
            *(__local number4*)(weights + (x * ${t.across} + ${c}) * ${t.stride} + ${q * 32} + y * 4) = (number4)(${", ".join(f"{made}{4 * q + r}.s{c}" for r in range(4))});
% endfor
% endfor
</%def>
## Sums as rows `first` to `end` of a result (outer, rows, inner, columns), times `factor(r)`.
<%def name="write(sums, to, first, end, columns, factor)">
% for r in range(t.rows):
    {
        const int i = ${first} + ${row(r)};
        if (i < ${end}) {
            __global number* row = ${to} + ((head / inner * (long)${end} + i) * inner + head % inner) * ${columns};
% for n in range(t.groups):
% for c in range(t.across):
            if (${n * t.side + c} + x * ${t.across} < ${columns})
                row[${n * t.side + c} + x * ${t.across}] = ${sums}${n}_${r}.s${c}${factor(r)};
% endfor
% endfor
        }
    }
% endfor
</%def>
## What a score becomes that a key does not take part in, and the bias; `i` is the query and `j` the key of element s of tile row r.
<%def name="seen(made, r, c, i, j)">
                {
                    const int i = ${i}, j = ${j};
% if p.masked:
                    ${made}${r}.s${c} += own_bias[min(i, length - 1) * bias_row + min(j, width - 1) * bias_column];
% endif
                    if (j >= width || i >= length${" || j > i" if p.causal else ""})
                        ${made}${r}.s${c} = -INFINITY;
                }
</%def>
<%def name="operands()">
    const __global number* own_query = ${start("query")};
    const __global number* own_key = ${start("key")};
    const __global number* own_value = ${start("value")};
% if p.masked:
    const __global number* own_bias = ${start("bias")};
% endif
</%def>
