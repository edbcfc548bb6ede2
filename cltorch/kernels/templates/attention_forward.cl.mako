## softmax(query @ key.T * scale + bias) @ value in one pass over the keys, CPU form. Called by attention.py.
##
## A unit is ${t.queries} queries of a head. It meets ${t.keys} keys at a time: their scores, what the largest score so far makes of what
## was summed before, and the products with their values. Every query keeps its largest score and its sum (Milakov, Gimelshein 2018).
## Written are the result (outer, length, inner, columns) and of each query the logarithm of its sum, infinite where it saw no key.
<%namespace name="a" file="attention_parts.mako"/>
<% vectors = t.queries // t.lanes %>\
__kernel void ${name}(const __global ${t.real}* restrict query, const __global ${t.real}* restrict key,
                      const __global ${t.real}* restrict value,
% if p.masked:
                      const __global ${t.real}* restrict bias,
% endif
                      __global ${t.real}* restrict out, __global ${t.real}* restrict logs, __global ${t.real}* scratch,
                      const ${t.real} scale, const int heads, const int inner, const int length, const int width, const int depth,
                      const int columns, const int units, const long room, ${a.strides("query")}, ${a.strides("key")},
                      ${a.strides("value")}${f', {capture(a.strides, "bias")}, const long bias_column' if p.masked else ""}) {
${a.types()}
    __global vector* turned = (__global vector*)(scratch + get_global_id(0) * room);
    __global vector* weights = turned + ${vectors} * depth;
    __global column* sums = (__global column*)(weights + ${t.keys * vectors});
    for (int unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
        const int head = unit % heads, first = (units / heads - 1 - unit / heads) * ${t.queries};
        const int valid = min(${t.queries}, length - first);
        const __global number* own_query = ${a.start("query")};
        const __global number* own_key = ${a.start("key")};
        const __global number* own_value = ${a.start("value")};
% if p.masked:
        const __global number* own_bias = ${a.start("bias")};
% endif
        number shrunk[${t.queries}];
        vector ${", ".join(f"top{k} = -INFINITY" for k in range(vectors))};
        vector ${", ".join(f"total{k} = 0" for k in range(vectors))};
${a.places()}
${a.turn("turned", "own_query", "query_row", "depth", "scale")}
        for (int k = 0; k < ${t.queries // t.side} * columns; k++)
            sums[k] = 0;
        const int seen = ${"min(width, first + valid)" if p.causal else "width"};
        for (int from = 0; from < seen; from += ${t.keys}) {
            const int count = min(${t.keys}, seen - from);
${a.scores("weights", "(own_key + from * key_row)", "key_row", "turned", "depth")}
% if p.masked:
${a.add_bias("weights")}
% endif
            {
                vector ${", ".join(f"most{k} = top{k}" for k in range(vectors))};
                for (int c = 0; c < count; c++) {
% for k in range(vectors):
                    vector score${k} = weights[c * ${vectors} + ${k}];
% if p.causal:
${a.hide(f"score{k}", k)}
                    weights[c * ${vectors} + ${k}] = score${k};
% endif
                    most${k} = fmax(most${k}, score${k});
% endfor
                }
% for k in range(vectors):
                const vector base${k} = select(most${k}, (vector)(0), most${k} == -INFINITY);
                const vector factor${k} = ${exp}(top${k} - base${k});
                vstore${t.lanes}(factor${k}, ${k}, shrunk);
                top${k} = most${k};
                total${k} *= factor${k};
% endfor
                for (int c = 0; c < count; c++) {
% for k in range(vectors):
                    const vector weight${k} = ${exp}(weights[c * ${vectors} + ${k}] - base${k});
                    total${k} += weight${k};
                    weights[c * ${vectors} + ${k}] = weight${k};
% endfor
                }
            }
            for (int at = 0; at < columns; at += ${t.width})
                for (int r = 0; r < ${t.queries}; r += ${t.rows}) {
                    __global column* to = sums + (at * ${t.queries} / ${t.side} + r * ${t.columns});
                    const __global number* left = (const __global number*)weights + r;
                    const __global number* right = own_value + from * value_row + at;
% for i in range(t.rows):
                    column ${", ".join(f"sum{i}_{v} = to[{i * t.columns + v}] * shrunk[r + {i}]" for v in range(t.columns))};
% endfor
${a.tile("count", lambda i: f"left[s * {t.queries} + {i}]", "right", "value_row")}
% for i in range(t.rows):
% for v in range(t.columns):
                    to[${i * t.columns + v}] = sum${i}_${v};
% endfor
% endfor
                }
        }
        number largest[${t.queries}], totals[${t.queries}];
% for k in range(vectors):
        vstore${t.lanes}(top${k}, ${k}, largest);
        vstore${t.lanes}(total${k}, ${k}, totals);
% endfor
        for (int r = 0; r < valid; r++) {
            const bool sees = totals[r] != 0;
            const number whole = sees ? 1 / totals[r] : 0;
            logs[head * (long)length + first + r] = sees ? largest[r] + log(totals[r]) : INFINITY;
            __global number* row = out + ((head / inner * (long)length + first + r) * inner + head % inner) * columns;
            for (int at = 0; at < columns; at += ${t.width}) {
% for v in range(t.columns):
                *(__global column_at*)(row + at + ${v * t.side}) = sums[at * ${t.queries} / ${t.side} + r * ${t.columns} + ${v}] * whole;
% endfor
            }
        }
    }
}
