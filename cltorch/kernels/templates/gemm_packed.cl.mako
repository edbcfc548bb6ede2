## out[g, i, j] = sum_k a[g, i, k] * b[g, k, j] (+ bias[j]), CPU form for large matrices: panels made by gemm_pack.
##
## Called by gemm.py. A unit is `block_rows` rows of one batch and `block_panels` panels of columns; a work-item takes
## `chunk` units in a row. For each block of ${depth} steps of k and each panel of B (which then lies in the first-level
## cache) it walks down its panels of A (which stay in the second-level cache) with a tile of ${rows} rows in registers.
## Tunables: lanes, vectors, rows (register tile), depth, and in gemm.py the rows and panels of a unit.
<%namespace name="tile" file="gemm_tile.cl.mako"/>
__kernel void ${name}(const __global ${number.compute}* restrict packed_a, const __global ${number.compute}* restrict packed_b,
% if bias:
                      const __global ${number.storage}* restrict bias,
% endif
                      __global ${number.storage}* out,
% if partial:
                      __global ${number.compute}* partial,
% endif
                      const int m, const int n, const int k, const ${index} a_batch, const ${index} b_batch,
                      const int row_blocks, const int column_blocks, const int block_rows, const int block_panels,
                      const int units, const int chunk) {
    typedef ${index} index;
    typedef ${number.compute} number;
    typedef ${number.compute}${lanes} vector;
    typedef ${number.compute}${lanes} vector_at __attribute__((aligned(${number.itemsize})));
    const int first_unit = get_global_id(0) * chunk;
    const int end_unit = min(first_unit + chunk, units);
    const int skip = 0;
    const int a_lines = (m + ${rows - 1}) / ${rows} * ${rows};
    const int b_lines = (n + ${lanes * vectors - 1}) / ${lanes * vectors} * ${lanes * vectors};
    for (int unit = first_unit; unit < end_unit; unit++) {
        const int first_row = unit % row_blocks * block_rows;
        const int end_row = min(first_row + block_rows, m);
        const int first_column = unit / row_blocks % column_blocks * block_panels * ${lanes * vectors};
        const int end_column = min(first_column + block_panels * ${lanes * vectors}, n);
        const int g = unit / row_blocks / column_blocks;
        __global ${number.storage}* result = out + g * (index)m * n;
% if partial:
        __global ${number.compute}* partial_result = partial + g * (index)m * n;
% endif
        for (int k0 = 0; k0 < k; k0 += ${depth}) {
            const int steps = min(${depth}, k - k0);
            const __global number* block_a = packed_a + g * a_batch + k0 * (index)a_lines;
            const __global number* block_b = packed_b + g * b_batch + k0 * (index)b_lines;
            for (int column = first_column; column < end_column; column += ${lanes * vectors}) {
                const int columns = min(${lanes * vectors}, n - column);
                const __global vector* panel = (const __global vector*)(block_b + column * (index)steps);
                for (int row = first_row; row < end_row; row += ${rows}) {
                    const int valid = min(${rows}, m - row);
                    const __global number* from = block_a + row * (index)steps;
${tile.expect_tile(rows, lanes, vectors)}
${tile.multiply(rows, vectors, elements)}
${tile.write_tile(number, rows, lanes, vectors, bias, partial)}
                }
            }
        }
    }
}
