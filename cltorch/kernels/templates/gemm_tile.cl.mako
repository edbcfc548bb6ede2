## Parts that the CPU forms of GEMM share.
##
## A panel holds, for each step of k, `lanes * vectors` numbers of as many lines (columns of B or rows of A), one step
## behind the other; lines behind the last one are zero. `order` says which stride of the source is 1: "line" (neighbours
## are lines), "step" (neighbours are steps of k) or "any". `from` is the first line at the first step.
## The loops over single numbers are not unrolled: that took a quarter of a compiler's time, and ran no faster.
<%def name="fill_panel(number, order, lanes, vectors, transposed, space='')">
% if order == "line" and number.plain:
        if (lines == ${lanes * vectors}) {
            for (int s = 0; s < steps; s++) {
% for v in range(vectors):
                panel[s * ${vectors} + ${v}] = *(const __global vector_at*)(from + s * step_stride + ${v * lanes});
% endfor
            }
        } else
% elif order == "step":
        if (lines == ${lanes * vectors}) {
            int s = 0;
            for (; s + ${lanes} <= steps; s += ${lanes}) {
                for (int v = 0; v < ${vectors}; v++) {
                    const __global ${number.storage}* block = from + v * ${lanes} * line_stride + s;
% for i in range(lanes):
                    vector t${i} = ${number.load_vector(f"block + {i} * line_stride", lanes)};
% endfor
% for statement in transposed:
                    ${statement}
% endfor
% for i in range(lanes):
                    panel[(s + ${i}) * ${vectors} + v] = t${i};
% endfor
                }
            }
            for (; s < steps; s++)
#pragma unroll 1
                for (int c = 0; c < ${lanes * vectors}; c++)
                    ((${space}number*)panel)[s * ${lanes * vectors} + c] = ${number.load("from", "c * line_stride + s")};
        } else
% endif
            for (int s = 0; s < steps; s++)
#pragma unroll 1
                for (int c = 0; c < ${lanes * vectors}; c++)
                    ((${space}number*)panel)[s * ${lanes * vectors} + c] =
                        c < lines ? ${number.load("from", "c * line_stride + s * step_stride")} : ${number.zero};
</%def>
##
## The sums of a tile of `rows` x `lanes * vectors` over `steps`: `element(r)` is the text of A's number of row r.
<%def name="multiply(rows, vectors, elements)">
% for r in range(rows):
            vector ${", ".join(f"c{r}_{v} = 0" for v in range(vectors))};
% endfor
            for (int s = 0; s < steps; s++) {
                const vector ${", ".join(f"b{v} = panel[s * {vectors} + {v}]" for v in range(vectors))};
                number x;
% for r in range(rows):
                x = ${elements[r]};
% for v in range(vectors):
                c${r}_${v} += x * b${v};
% endfor
% endfor
            }
</%def>
##
## Asks for the tile's place in `result` while its sums are made: its rows lie too far apart for the processor to foresee them.
<%def name="expect_tile(rows, lanes, vectors)">
#ifdef __clang__
            if (columns == ${lanes * vectors} && valid == ${rows}) {
% for r in range(rows):
% for v in range(vectors):
                __builtin_prefetch(result + (row + ${r}) * (index)n + column + ${v * lanes}, 1);
% endfor
% endfor
            }
#endif
</%def>
##
## Adds the tile to what earlier steps of k left in `result` (`partial_result` where 16 bits would lose it), or the bias to the first, and writes rows `skip` to `valid`
## and the first `columns` columns of it. After the last block of k the sum is rounded to `result`.
<%def name="write_tile(number, rows, lanes, vectors, bias, partial)">
% if number.plain:
            if (columns == ${lanes * vectors}) {
% for r in range(rows):
                if (${r} >= skip && ${r} < valid) {
                    __global ${number.storage}* to = result + (row + ${r}) * (index)n + column;
% for v in range(vectors):
                    if (k0 > 0) c${r}_${v} += *(const __global vector_at*)(to + ${v * lanes});
% if bias:
                    else c${r}_${v} += *(const __global vector_at*)(bias + column + ${v * lanes});
% endif
                    *(__global vector_at*)(to + ${v * lanes}) = c${r}_${v};
% endfor
                }
% endfor
            } else
% endif
            {
                vector sums[${rows * vectors}];
% for r in range(rows):
% for v in range(vectors):
                sums[${r * vectors + v}] = c${r}_${v};
% endfor
% endfor
                for (int r = skip; r < valid; r++)
                    for (int c = 0; c < columns; c++) {
                        const index to = (row + r) * (index)n + column + c;
                        number sum = ((const number*)sums)[r * ${lanes * vectors} + c];
                        if (k0 > 0) sum += ${"partial_result[to]" if partial else number.load("result", "to")};
% if bias:
                        else sum += ${number.load("bias", "column + c")};
% endif
% if partial:
                        if (k0 + steps < k) partial_result[to] = sum;
                        else
% endif
                        ${number.store("result", "to", "sum")}
                    }
            }
</%def>
