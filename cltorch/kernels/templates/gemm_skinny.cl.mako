## out[g, i, j] = sum_k a[g, i, k] * b[g, k, j] (+ bias[j]) for ${rows} rows, CPU form: B is read once, where it lies.
##
## Called by gemm.py where rows are too few for a copy of B to be used again.
## A unit is `columns` columns of one batch; a work-item takes `chunk` units in a row. With b_order "step" (columns of B lie
## along k) vectors run along k and lanes are added at the end; with "line" (rows of B lie side by side) they run along j.
## Tunables: lanes (native vector), columns. Assumes rows = m, and with "step" that A lies along k, too.
<%
    vectors = columns // lanes
%>
__kernel void ${name}(const __global ${number.storage}* restrict a, const __global ${number.storage}* restrict b,
% if bias:
                      const __global ${number.storage}* restrict bias,
% endif
                      __global ${number.storage}* restrict out, const int n, const int k,
                      const ${index} a_batch, const ${index} a_row, const ${index} a_col, const ${index} a_offset,
                      const ${index} b_batch, const ${index} b_row, const ${index} b_col, const ${index} b_offset,
                      const int panels, const int units, const int chunk) {
    typedef ${index} index;
    typedef ${number.compute} number;
    typedef ${number.compute}${lanes} vector;
    typedef ${number.compute}${lanes} vector_at __attribute__((aligned(${number.itemsize})));
    const int first_unit = get_global_id(0) * chunk;
    const int end_unit = min(first_unit + chunk, units);
    for (int unit = first_unit; unit < end_unit; unit++) {
        const int next = unit % panels * ${columns}, g = unit / panels;
        const int column = max(0, min(next, n - ${columns})); // the last panel is moved up so that it is whole
        number sums[${rows * columns}];
        const __global ${number.storage}* left = a + a_offset + g * a_batch;
        const __global ${number.storage}* right = b + b_offset + g * b_batch + column * b_col;
        const int valid = min(${columns}, n - column);
% if b_order == "step":
% for j in range(columns):
        const __global ${number.storage}* b${j} = right + min(${j}, valid - 1) * b_col;
% endfor
% for i in range(rows):
        const __global ${number.storage}* a${i} = left + ${i} * a_row;
        vector ${", ".join(f"c{i}_{j} = 0" for j in range(columns))};
% endfor
        int s = 0;
        for (; s + ${lanes} <= k; s += ${lanes}) {
% for i in range(rows):
            const vector x${i} = ${number.load_vector(f"a{i} + s", lanes)};
% endfor
% for j in range(columns):
            {
                const vector y = ${number.load_vector(f"b{j} + s", lanes)};
% for i in range(rows):
                c${i}_${j} += x${i} * y;
% endfor
            }
% endfor
        }
        vector lane;
% for i in range(rows):
% for j in range(columns):
        lane = c${i}_${j};
        sums[${i * columns + j}] = ${" + ".join(f"lane.s{l:x}" for l in range(lanes))};
% endfor
% endfor
        for (; s < k; s++) {
% for j in range(columns):
% for i in range(rows):
            sums[${i * columns + j}] += ${number.load(f"a{i}", "s")} * ${number.load(f"b{j}", "s")};
% endfor
% endfor
        }
% else:
        if (valid == ${columns}) {
% for i in range(rows):
            vector ${", ".join(f"c{i}_{v} = 0" for v in range(vectors))};
% endfor
            for (int s = 0; s < k; s++) {
                const __global ${number.storage}* line = right + s * b_row;
% for v in range(vectors):
                const vector y${v} = ${number.load_vector(f"line + {v * lanes}", lanes)};
% endfor
% for i in range(rows):
                {
                    const number x = ${number.load("left", f"{i} * a_row + s * a_col")};
% for v in range(vectors):
                    c${i}_${v} += x * y${v};
% endfor
                }
% endfor
            }
% for i in range(rows):
% for v in range(vectors):
            *(vector_at*)(sums + ${i * columns + v * lanes}) = c${i}_${v};
% endfor
% endfor
        } else
            for (int i = 0; i < ${rows}; i++)
                for (int j = 0; j < valid; j++) {
                    number sum = ${number.zero};
                    for (int s = 0; s < k; s++)
                        sum += ${number.load("left", "i * a_row + s * a_col")} * ${number.load("right", "s * b_row + j * b_col")};
                    sums[i * ${columns} + j] = sum;
                }
% endif
        for (int i = 0; i < ${rows}; i++)
            for (int j = next - column; j < valid; j++) {
                number sum = sums[i * ${columns} + j];
% if bias:
                sum += ${number.load("bias", "column + j")};
% endif
                ${number.store("out", f"(g * (index){rows} + i) * n + column + j", "sum")}
            }
    }
}
