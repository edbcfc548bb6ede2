## The gradients of attention, CPU form: the weights are computed again from the logarithms that forward left. Called by attention.py.
##
## A unit is a head and one of `parts` of its blocks of ${t.queries} queries (every `parts`-th). For each block it meets ${t.keys} keys at a time;
## gradients of keys and values are added up in place, a part behind the other, that of the queries in scratch memory.
<%namespace name="a" file="attention_parts.mako"/>
<% vectors = t.queries // t.lanes %>\
## place[row][column] += left.T[row] @ right, in memory, of a block of keys.
<%def name="add_rows(place, row, size, left, right, right_row)">
                for (int at = 0; at < ${size}; at += ${t.width})
                    for (int c = 0; c < count; c += ${t.rows}) {
                        const __global number* left = (const __global number*)${left} + c * ${t.queries};
                        const __global number* right = ${right} + at;
                        __global number* to = ${place} + c * ${row} + at;
% for i in range(t.rows):
                        column ${", ".join(f"sum{i}_{v} = 0" for v in range(t.columns))};
% endfor
${a.tile("valid", lambda i: f"left[s + {i * t.queries}]", "right", right_row)}
% for i in range(t.rows):
                        if (c + ${i} < count) {
% for v in range(t.columns):
                            *(__global column_at*)(to + ${i} * ${row} + ${v * t.side}) += sum${i}_${v};
% endfor
                        }
% endfor
                    }
</%def>
__kernel void ${name}(const __global ${t.real}* restrict grad, const __global ${t.real}* restrict result,
                      const __global ${t.real}* restrict logs, const __global ${t.real}* restrict query,
                      const __global ${t.real}* restrict key, const __global ${t.real}* restrict value,
% if p.masked:
                      const __global ${t.real}* restrict bias,
% endif
                      __global ${t.real}* restrict query_grad, __global ${t.real}* restrict key_grad, __global ${t.real}* restrict value_grad,
                      __global ${t.real}* scratch, const ${t.real} scale, const int heads, const int inner, const int length,
                      const int width, const int depth, const int columns, const int parts, const int units, const long room,
                      ${a.strides("grad")}, ${a.strides("query")}, ${a.strides("key")},
                      ${a.strides("value")}${f', {capture(a.strides, "bias")}, const long bias_column' if p.masked else ""}) {
${a.types()}
    __global vector* turned = (__global vector*)(scratch + get_global_id(0) * room);
    __global vector* turned_grad = turned + ${vectors} * depth;
    __global vector* weights = turned_grad + ${vectors} * columns;
    __global vector* slopes = weights + ${t.keys * vectors};
    __global column* sums = (__global column*)(slopes + ${t.keys * vectors});
    for (int unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
        const int head = unit % heads, part = unit / heads;
        const __global number* own_grad = ${a.start("grad")};
        const __global number* own_query = ${a.start("query")};
        const __global number* own_key = ${a.start("key")};
        const __global number* own_value = ${a.start("value")};
% if p.masked:
        const __global number* own_bias = ${a.start("bias")};
% endif
        const long keys = (part * (heads / inner) + head / inner) * (long)width * inner + head % inner, key_step = (long)inner * depth;
        const long value_step = (long)inner * columns;
        __global number* key_sums = key_grad + keys * depth;
        __global number* value_sums = value_grad + keys * columns;
        for (int c = 0; c < width; c++) {
            for (int s = 0; s < depth; s++)
                key_sums[c * key_step + s] = 0;
            for (int s = 0; s < columns; s++)
                value_sums[c * value_step + s] = 0;
        }
        for (int first = part * ${t.queries}; first < length; first += parts * ${t.queries}) {
            const int valid = min(${t.queries}, length - first);
            number dots[${t.queries}], ends[${t.queries}];
            for (int r = 0; r < ${t.queries}; r++) {
                const int own = min(first + r, length - 1);
                const __global number* made = result + ((head / inner * (long)length + own) * inner + head % inner) * columns;
                column sum = 0;
                for (int s = 0; s < columns; s += ${t.side})
                    sum += *(const __global column_at*)(own_grad + own * grad_row + s) * *(const __global column_at*)(made + s);
                dots[r] = ${" + ".join(f"sum.s{lane:x}" for lane in range(t.side)) if t.side > 1 else "sum"};
                ends[r] = logs[head * (long)length + own];
            }
${a.places()}
${a.turn("turned", "own_query", "query_row", "depth", "scale")}
${a.turn("turned_grad", "own_grad", "grad_row", "columns", "1")}
            for (int k = 0; k < ${t.queries // t.side} * depth; k++)
                sums[k] = 0;
            const int seen = ${"min(width, first + valid)" if p.causal else "width"};
            for (int from = 0; from < seen; from += ${t.keys}) {
                const int count = min(${t.keys}, seen - from);
${a.scores("weights", "(own_key + from * key_row)", "key_row", "turned", "depth")}
${a.scores("slopes", "(own_value + from * value_row)", "value_row", "turned_grad", "columns")}
% if p.masked:
${a.add_bias("weights")}
% endif
                {
% for k in range(vectors):
                    const vector end${k} = vload${t.lanes}(${k}, ends), dot${k} = vload${t.lanes}(${k}, dots);
% endfor
                    for (int c = 0; c < count; c++) {
% for k in range(vectors):
                        vector score${k} = weights[c * ${vectors} + ${k}];
% if p.causal:
${a.hide(f"score{k}", k)}
% endif
                        const vector weight${k} = ${exp}(score${k} - end${k});
                        weights[c * ${vectors} + ${k}] = weight${k};
                        slopes[c * ${vectors} + ${k}] = weight${k} * (slopes[c * ${vectors} + ${k}] - dot${k}) * scale;
% endfor
                    }
                }
${add_rows("(value_sums + from * value_step)", "value_step", "columns", "weights", "(own_grad + first * grad_row)", "grad_row")}
${add_rows("(key_sums + from * key_step)", "key_step", "depth", "slopes", "(own_query + first * query_row)", "query_row")}
                for (int at = 0; at < depth; at += ${t.width})
                    for (int r = 0; r < ${t.queries}; r += ${t.rows}) {
                        __global column* to = sums + (at * ${t.queries} / ${t.side} + r * ${t.columns});
                        const __global number* left = (const __global number*)slopes + r;
                        const __global number* right = own_key + from * key_row + at;
% for i in range(t.rows):
                        column ${", ".join(f"sum{i}_{v} = to[{i * t.columns + v}]" for v in range(t.columns))};
% endfor
${a.tile("count", lambda i: f"left[s * {t.queries} + {i}]", "right", "key_row")}
% for i in range(t.rows):
% for v in range(t.columns):
                        to[${i * t.columns + v}] = sum${i}_${v};
% endfor
% endfor
                    }
            }
            for (int r = 0; r < valid; r++) {
                __global number* row = query_grad + ((head / inner * (long)length + first + r) * inner + head % inner) * depth;
                for (int at = 0; at < depth; at += ${t.width}) {
% for v in range(t.columns):
                    *(__global column_at*)(row + at + ${v * t.side}) = sums[at * ${t.queries} / ${t.side} + r * ${t.columns} + ${v}];
% endfor
                }
            }
        }
    }
}
