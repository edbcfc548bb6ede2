## out[g, i, j] = sum_k a[g, i, k] * b[g, k, j] (+ bias[j]), CPU form for small matrices: one launch, A read in place.
##
## Called by gemm.py when packing all of A and B would cost more than it gains.
## A unit is one panel of `lanes * vectors` columns times `block_rows` rows of one batch; a work-item takes `chunk` units in
## a row. For each block of ${depth} steps of k it copies its columns of B to a private panel, then walks down its rows with a
## tile of ${rows} rows in registers. The last tile of the matrix is moved up so that it is whole; rows done already are skipped.
## Tunables: lanes (native vector), vectors and rows (register tile), depth (panel in the first-level cache).
## Assumes rows <= m.
<%namespace name="tile" file="gemm_tile.cl.mako"/>
__kernel void ${name}(const __global ${number.storage}* restrict a, const __global ${number.storage}* restrict b,
% if bias:
                      const __global ${number.storage}* restrict bias,
% endif
                      __global ${number.storage}* out,
% if partial:
                      __global ${number.compute}* partial,
% endif
                      const int m, const int n, const int k,
                      const ${index} a_batch, const ${index} a_row, const ${index} a_col, const ${index} a_offset,
                      const ${index} b_batch, const ${index} b_row, const ${index} b_col, const ${index} b_offset,
                      const int panels, const int blocks, const int block_rows, const int units, const int chunk) {
    typedef ${index} index;
    typedef ${number.compute} number;
    typedef ${number.compute}${lanes} vector;
    typedef ${number.compute}${lanes} vector_at __attribute__((aligned(${number.itemsize})));
    vector panel[${depth * vectors}];
    a += a_offset;
    b += b_offset;
    const int valid = ${rows};
    const int first_unit = get_global_id(0) * chunk;
    const int end_unit = min(first_unit + chunk, units);
    for (int unit = first_unit; unit < end_unit; unit++) {
        const int column = unit % panels * ${lanes * vectors};
        const int columns = min(${lanes * vectors}, n - column);
        const int first_row = unit / panels % blocks * block_rows;
        const int end_row = min(first_row + block_rows, m);
        const int g = unit / panels / blocks;
        const __global ${number.storage}* a_matrix = a + g * a_batch;
        __global ${number.storage}* result = out + g * (index)m * n;
% if partial:
        __global ${number.compute}* partial_result = partial + g * (index)m * n;
% endif
        for (int k0 = 0; k0 == 0 || k0 < k; k0 += ${depth}) {
            const int steps = min(${depth}, k - k0);
            {
                const __global ${number.storage}* from = b + g * b_batch + k0 * b_row + column * b_col;
                const index line_stride = b_col, step_stride = b_row;
                const int lines = columns;
${tile.fill_panel(number, b_order, lanes, vectors, transposed)}
            }
            for (int next = first_row; next < end_row; next += ${rows}) {
                const int row = min(next, m - ${rows}), skip = next - row;
                const __global ${number.storage}* from = a_matrix + row * a_row + k0 * a_col;
% if a_order != "line":
% for r in range(rows):
                const __global ${number.storage}* a${r} = from + ${r} * a_row;
% endfor
% endif
${tile.multiply(rows, vectors, elements)}
${tile.write_tile(number, rows, lanes, vectors, bias, partial)}
            }
        }
    }
}
