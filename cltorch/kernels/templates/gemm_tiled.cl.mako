## out[g, i, j] = sum_k a[g, i, k] * b[g, k, j] (+ bias[j]), GPU form: tiles in local memory, register blocks.
##
## Called by gemm.py. A work-group computes a tile of ${tile.side_m} x ${tile.side_n} from ${tile.depth} steps of k at a time; meanwhile
## the next ones are on their way into registers. Grid dimension 2 counts products, times parts of k (`parts`: out is then
## scratch memory, a part behind the other). Lines behind an edge repeat the last one and are not written; steps behind the last are 0.
## Which work-item fetches what follows the stride that is 1 (`a_order`, `b_order`: "line", "step", "any"), and how many elements
## at once (`a_width`, `b_width`, `out_width`) what sizes and strides are multiples of. Tunables: tile.
<%namespace name="product" file="tile_product.mako"/>
<%def name="places(operand, side, order, width, first, bound, line_stride, step_stride)">
% for i in range(tile.fetches(side, width)):
% if order == "line":
    const int ${operand}_line${i} = (lane + ${i * tile.group}) % ${side // width} * ${width}, ${operand}_step${i} = (lane + ${i * tile.group}) / ${side // width};
% else:
    const int ${operand}_step${i} = (lane + ${i * tile.group}) % ${tile.depth // width} * ${width}, ${operand}_line${i} = (lane + ${i * tile.group}) / ${tile.depth // width};
% endif
    const ${index} ${operand}_at${i} = min(${first} + ${operand}_line${i}, ${bound} - ${width if order == "line" else 1}) * ${line_stride} + ${operand}_step${i} * ${step_stride};
    ${f"number{width}" if width > 1 else "number"} ${operand}_next${i};
% endfor
</%def>
<%def name="fetch(operand, side, width, whole)">
% for i in range(tile.fetches(side, width)):
<%
    kind = f"number{width}" if width > 1 else "number"
    element = f"*(const __global {kind}*)({operand} + {operand}_at{i})" if width > 1 else number.load(operand, f"{operand}_at{i}")
    spare = tile.rest(side, width) and i + 1 == tile.fetches(side, width)
    conditions = ([] if whole else [f"k0 + {operand}_step{i} < k_end"]) + ([f"lane < {tile.rest(side, width)}"] if spare else [])
%>
            ${operand}_next${i} = ${f"({' && '.join(conditions)}) ? {element} : ({kind})({number.zero})" if conditions else element};
% endfor
</%def>
<%def name="put(operand, array, side, order, width)">
        {
        const int to = ${f"now * {tile.room(side)}" if tile.buffers > 1 else "0"};
% for i in range(tile.fetches(side, width)):
% if tile.rest(side, width) and i + 1 == tile.fetches(side, width):
        if (lane < ${tile.rest(side, width)}) {
% else:
        {
% endif
${product.put(array, side, order, width, f"{operand}_next{i}", f"{operand}_step{i}", f"{operand}_line{i}")}
        }
% endfor
        }
</%def>
__kernel __attribute__((reqd_work_group_size(${tile.group}, 1, 1)))
void ${name}(const __global ${number.storage}* restrict a, const __global ${number.storage}* restrict b,
% if bias:
             const __global ${number.storage}* restrict bias,
% endif
             __global ${number.compute if parts else number.storage}* restrict out, const int m, const int n, const int k,
             const ${index} a_batch, const ${index} a_row, const ${index} a_col, const ${index} a_offset,
             const ${index} b_batch, const ${index} b_row, const ${index} b_col, const ${index} b_offset${", const int parts, const int part_size" if parts else ""}) {
${product.begin()}
    const int column = get_group_id(0) * ${tile.side_n}, row = get_group_id(1) * ${tile.side_m};
% if parts:
    const ${index} g = get_group_id(2) / parts, part = get_group_id(2) % parts;
    int k0 = part * part_size;
    const int k_end = min(k0 + part_size, k);
    out += part * (get_num_groups(2) / parts * m * n);
% else:
    const ${index} g = get_group_id(2);
    int k0 = 0;
    const int k_end = k;
% endif
    a += g * a_batch + a_offset + k0 * a_col;
    b += g * b_batch + b_offset + k0 * b_row;
    out += g * m * n;
${places("a", tile.side_m, a_order, a_width, "row", "m", "a_row", "a_col")}
${places("b", tile.side_n, b_order, b_width, "column", "n", "b_col", "b_row")}
${fetch("a", tile.side_m, a_width, False)}
${fetch("b", tile.side_n, b_width, False)}
${put("a", "left_tile", tile.side_m, a_order, a_width)}
${put("b", "right_tile", tile.side_n, b_order, b_width)}
    barrier(CLK_LOCAL_MEM_FENCE);
    while (k0 < k_end) {
        k0 += ${tile.depth};
        a += ${tile.depth} * a_col;
        b += ${tile.depth} * b_row;
        if (k0 + ${tile.depth} <= k_end) {
${fetch("a", tile.side_m, a_width, True)}
${fetch("b", tile.side_n, b_width, True)}
        } else if (k0 < k_end) {
${fetch("a", tile.side_m, a_width, False)}
${fetch("b", tile.side_n, b_width, False)}
        }
${product.multiply()}
% if tile.buffers > 1:
        now = 1 - now;
% else:
        barrier(CLK_LOCAL_MEM_FENCE);
% endif
        if (k0 < k_end) {
${put("a", "left_tile", tile.side_m, a_order, a_width)}
${put("b", "right_tile", tile.side_n, b_order, b_width)}
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
<% v, w = tile.across(tile.rows), tile.across(tile.columns) %>
% for r in range(tile.rows):
    {
        const int i = row + ${r // v * tile.high * v + r % v} + y * ${v};
% for c in range(tile.columns // w):
        {
            const int j = column + ${c * tile.wide * w} + x * ${w};
% if out_width == w and w > 1:
            if (i < m && j < n) {
% if bias:
                sums[${r}][${c}] += *(const __global number${w}*)(bias + j);
% endif
                *(__global number${w}*)(out + (i * (${index})n + j)) = sums[${r}][${c}];
            }
% else:
% for s in range(w):
            if (i < m && j + ${s} < n) {
                number sum = sums[${r}][${c}]${f".s{s}" if w > 1 else ""};
% if bias:
                sum += ${number.load("bias", f"j + {s}")};
% endif
                ${f"out[i * ({index})n + j + {s}] = sum;" if parts else number.store("out", f"i * ({index})n + j + {s}", "sum")}
            }
% endfor
% endif
        }
% endfor
    }
% endfor
}
