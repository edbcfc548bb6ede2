## out[g, i, j] = sum_k a[g, i, k] * b[g, k, j] (+ bias[j]), GPU form: tiles in local memory, register blocks.
##
## Called by gemm.py. A work-group of ${threads} x ${threads} work-items computes a tile of ${threads * block_m} x ${threads * block_n};
## work-item (x, y) holds rows y, y + ${threads}, ... and columns x, x + ${threads}, ..., so that neighbours read neighbouring
## columns and write whole lines. Both operands are staged ${depth} steps of k at a time; numbers behind an edge are staged as 0.
## Tunables: threads (side of a work-group), block_m and block_n (a work-item's register block), depth.
## Which work-item fetches what follows the stride that is 1 (`a_order`, `b_order`: "line", "step", "any").
<%def name="stage(tile, source, side, order, first, bound, line_stride, step_stride)">
        for (int t = lane; t < ${side * depth}; t += ${threads * threads}) {
% if order == "line":
            const int line = t % ${side}, step = t / ${side};
% else:
            const int line = t / ${depth}, step = t % ${depth};
% endif
            number value = ${number.zero};
            if (${first} + line < ${bound} && k0 + step < k)
                value = ${number.load(source, f"({first} + line) * {line_stride} + (k0 + step) * {step_stride}")};
            ${tile}[step * ${side + 1} + line] = value;
        }
</%def>
__kernel __attribute__((reqd_work_group_size(${threads}, ${threads}, 1)))
void ${name}(const __global ${number.storage}* restrict a, const __global ${number.storage}* restrict b,
% if bias:
             const __global ${number.storage}* restrict bias,
% endif
             __global ${number.storage}* restrict out, const int m, const int n, const int k,
             const ${index} a_batch, const ${index} a_row, const ${index} a_col, const ${index} a_offset,
             const ${index} b_batch, const ${index} b_row, const ${index} b_col, const ${index} b_offset) {
    typedef ${number.compute} number;
    __local number a_tile[${depth * (threads * block_m + 1)}];
    __local number b_tile[${depth * (threads * block_n + 1)}];
    const int x = get_local_id(0), y = get_local_id(1), lane = y * ${threads} + x;
    const int column = get_group_id(0) * ${threads * block_n}, row = get_group_id(1) * ${threads * block_m};
    const ${index} g = get_global_id(2);
    a += g * a_batch + a_offset;
    b += g * b_batch + b_offset;
    out += g * m * n;
    number sums[${block_m}][${block_n}];
    for (int r = 0; r < ${block_m}; r++)
        for (int c = 0; c < ${block_n}; c++)
            sums[r][c] = ${number.zero};
    for (int k0 = 0; k0 < k; k0 += ${depth}) {
${stage("a_tile", "a", threads * block_m, a_order, "row", "m", "a_row", "a_col")}
${stage("b_tile", "b", threads * block_n, b_order, "column", "n", "b_col", "b_row")}
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int s = 0; s < ${depth}; s++) {
            number left[${block_m}], right[${block_n}];
            for (int r = 0; r < ${block_m}; r++)
                left[r] = a_tile[s * ${threads * block_m + 1} + r * ${threads} + y];
            for (int c = 0; c < ${block_n}; c++)
                right[c] = b_tile[s * ${threads * block_n + 1} + c * ${threads} + x];
            for (int r = 0; r < ${block_m}; r++)
                for (int c = 0; c < ${block_n}; c++)
                    sums[r][c] += left[r] * right[c];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    for (int r = 0; r < ${block_m}; r++)
        for (int c = 0; c < ${block_n}; c++) {
            const int i = row + r * ${threads} + y, j = column + c * ${threads} + x;
            if (i < m && j < n) {
                number sum = sums[r][c];
% if bias:
                sum += ${number.load("bias", "j")};
% endif
                ${number.store("out", f"i * ({index})n + j", "sum")}
            }
        }
}
