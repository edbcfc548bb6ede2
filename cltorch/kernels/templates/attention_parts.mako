## What the CPU kernels of attention.py share. A block of queries lies transposed in scratch memory, vectors over queries, so that the
## products of keys with queries have a row a key: maxima and sums over keys are then those of whole vectors.
<%def name="types()">
<% size = 8 if t.real == "double" else 4 %>\
    typedef ${t.real} number;
    typedef ${t.real}${t.lanes} vector;
    typedef ${t.real}${t.side if t.side > 1 else ""} column;
    typedef ${t.real}${t.side if t.side > 1 else ""} column_at __attribute__((aligned(${size})));
</%def>
## Where head `head` begins, from the strides of an operand.
<%def name="start(operand)">${operand} + (${operand}_first + head / inner * ${operand}_outer + head % inner * ${operand}_inner)</%def>
<%def name="strides(operand)">const long ${operand}_outer, const long ${operand}_inner, const long ${operand}_row, const long ${operand}_first</%def>
## Rows `first` to `first + valid` of a matrix, times a factor, transposed into panels of two vectors; lines behind the last are zeros.
<%def name="turn(target, source, row, depth, factor)">
            for (int p = 0; p < ${t.queries}; p += ${t.lanes}) {
                __global vector* panel = ${target} + p / ${t.panel} * 2 * ${depth} + p / ${t.lanes} % 2;
                const __global number* lines = ${source} + (first + p) * ${row};
                int s = 0;
                if (p + ${t.lanes} <= valid)
                    for (; s + ${t.lanes} <= ${depth}; s += ${t.lanes}) {
% for i in range(t.lanes):
                        vector t${i} = vload${t.lanes}(0, lines + ${i} * ${row} + s);
% endfor
% for statement in t.turned:
                        ${statement}
% endfor
% for i in range(t.lanes):
                        panel[2 * (s + ${i})] = t${i} * ${factor};
% endfor
                    }
                for (; s < ${depth}; s++)
                    for (int r = 0; r < ${t.lanes}; r++)
                        ((__global number*)(panel + 2 * s))[r] = p + r < valid ? lines[r * ${row} + s] * ${factor} : 0;
            }
</%def>
## target[c][r] = sum_s lines[c][s] * turned[s][r] for `count` keys and all queries of the block.
<%def name="scores(target, lines, row, turned, depth)">
                for (int p = 0; p < ${t.queries}; p += ${t.panel})
                    for (int c = 0; c < count; c += ${t.rows}) {
                        const __global vector* panel = ${turned} + p / ${t.lanes} * ${depth};
% for i in range(t.rows):
                        const __global number* left${i} = ${lines} + min(c + ${i}, count - 1) * ${row};
                        vector ${", ".join(f"sum{i}_{v} = 0" for v in range(2))};
% endfor
                        for (int s = 0; s < ${depth}; s++) {
                            const vector right0 = panel[2 * s], right1 = panel[2 * s + 1];
% for i in range(t.rows):
                            sum${i}_0 += left${i}[s] * right0;
                            sum${i}_1 += left${i}[s] * right1;
% endfor
                        }
                        __global vector* to = ${target} + (c * ${t.queries} + p) / ${t.lanes};
% for i in range(t.rows):
                        to[${i * t.queries // t.lanes}] = sum${i}_0;
                        to[${i * t.queries // t.lanes + 1}] = sum${i}_1;
% endfor
                    }
</%def>
## What `steps` rows of the right matrix add to the sums of a tile: `element(i)` is the text of the left number of its row i.
<%def name="tile(steps, element, right, row)">
                        for (int s = 0; s < ${steps}; s++) {
% for v in range(t.columns):
                            const column right${v} = *(const __global column_at*)(${right} + s * ${row} + ${v * t.side});
% endfor
% for i in range(t.rows):
                            {
                                const number x = ${element(i)};
% for v in range(t.columns):
                                sum${i}_${v} += x * right${v};
% endfor
                            }
% endfor
                        }
</%def>
## Adds the floating mask to the scores of a block of keys from `from` on.
<%def name="add_bias(target)">
                for (int c = 0; c < count; c++)
                    for (int r = 0; r < valid; r++)
                        ((__global number*)${target})[c * ${t.queries} + r] += own_bias[(first + r) * bias_row + (from + c) * bias_column];
</%def>
## A score that a causal sequence does not see is -infinity: `score` of key `from + c`, of the p-th vector of queries.
<%def name="hide(score, p)">
                    if (from + count > first)
                        ${score} = select(${score}, (vector)(-INFINITY), place${p} < from + c);
</%def>
<%def name="places()">
<% kind = "long" if t.real == "double" else "int" %>\
% for p in range(t.queries // t.lanes):
            const ${kind}${t.lanes} place${p} = first + (${kind}${t.lanes})(${", ".join(str(p * t.lanes + lane) for lane in range(t.lanes))});
% endfor
</%def>
