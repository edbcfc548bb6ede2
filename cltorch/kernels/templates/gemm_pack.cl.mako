## Copies A and B of a GEMM to panels in the compute type: packed[g][block][panel][step][line], lines behind the last one zero.
##
## Called by gemm.py before gemm_packed; one launch for both operands.
## A block is ${depth} steps of k: what gemm_packed walks down between two blocks lies in a row, and not at strides of which few
## fit in a cache. A work-item takes `chunk` panels in a row, first those of A (of ${rows} rows), then those of B (of ${lanes * vectors} columns).
<%namespace name="tile" file="gemm_tile.cl.mako"/>
__kernel void ${name}(const __global ${number.storage}* restrict a, const __global ${number.storage}* restrict b,
                      __global ${number.compute}* restrict packed_a, __global ${number.compute}* restrict packed_b,
                      const int m, const int n, const int k,
                      const ${index} a_batch, const ${index} a_row, const ${index} a_col, const ${index} a_offset,
                      const ${index} b_batch, const ${index} b_row, const ${index} b_col, const ${index} b_offset,
                      const int a_panels, const int b_panels, const int units_of_a, const int units, const int chunk) {
    typedef ${index} index;
    typedef ${number.compute} number;
    typedef ${number.compute}${lanes} vector;
    typedef ${number.compute}${lanes} vector_at __attribute__((aligned(${number.itemsize})));
    typedef ${number.compute}8 vector8;
    typedef ${number.compute}8 vector8_at __attribute__((aligned(${number.itemsize})));
    const int first_unit = get_global_id(0) * chunk;
    const int end_unit = min(first_unit + chunk, units);
    for (int unit = first_unit; unit < end_unit; unit++)
    for (int k0 = 0; k0 < k; k0 += ${depth}) {
        const int steps = min(${depth}, k - k0);
        if (unit < units_of_a) {
            const int first = unit % a_panels * ${rows};
            const int lines = min(${rows}, m - first);
            const __global ${number.storage}* from = a + a_offset + unit / a_panels * a_batch + first * a_row + k0 * a_col;
            const index line_stride = a_row, step_stride = a_col;
            __global number* panel = packed_a + ${rows} * (
                unit / a_panels * (index)k * a_panels + k0 * (index)a_panels + unit % a_panels * steps);
            if (lines == ${rows}) {
                int s = 0;
% if a_order == "step" and turned:
                for (; s + 8 ${"<=" if rows == 8 else "<"} steps; s += 8) { // what is stored too much is stored over by the next step
% for i in range(8):
                    vector8 t${i} = ${number.load_vector(f"from + {min(i, rows - 1)} * line_stride + s", 8).replace("vector_at", "vector8_at")};
% endfor
% for statement in turned:
                    ${statement}
% endfor
% for i in range(8):
                    *(__global vector8_at*)(panel + (s + ${i}) * ${rows}) = t${i};
% endfor
                }
% endif
                for (; s < steps; s++)
                    for (int r = 0; r < ${rows}; r++)
                        panel[s * ${rows} + r] = ${number.load("from", "r * line_stride + s * step_stride")};
            } else
                for (int s = 0; s < steps; s++)
                    for (int r = 0; r < ${rows}; r++)
                        panel[s * ${rows} + r] =
                            r < lines ? ${number.load("from", "r * line_stride + s * step_stride")} : ${number.zero};
        } else {
            const int b_unit = unit - units_of_a;
            const int first = b_unit % b_panels * ${lanes * vectors};
            const int lines = min(${lanes * vectors}, n - first);
            const __global ${number.storage}* from =
                b + b_offset + b_unit / b_panels * b_batch + first * b_col + k0 * b_row;
            const index line_stride = b_col, step_stride = b_row;
            __global vector* panel = (__global vector*)(packed_b + ${lanes * vectors} * (
                b_unit / b_panels * (index)k * b_panels + k0 * (index)b_panels + b_unit % b_panels * steps));
${tile.fill_panel(number, b_order, lanes, vectors, transposed, '__global ')}
        }
    }
}
