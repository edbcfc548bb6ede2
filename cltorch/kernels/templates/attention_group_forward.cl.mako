## softmax(query @ key.T * scale + bias) @ value in one pass over the keys, GPU form. Called by attention.py.
##
## A work-group has ${t.side} queries of a head, and meets as many keys at a time. Scores become weights in local memory, where ${128 // t.side} work-items
## share the keys of a query; every query keeps its largest score and each of them its part of the sum.
<%namespace name="a" file="attention_group_parts.mako"/>
<% share = t.side * t.side // 128 %>\
__kernel __attribute__((reqd_work_group_size(128, 1, 1)))
void ${name}(const __global ${t.real}* restrict query, const __global ${t.real}* restrict key, const __global ${t.real}* restrict value,
% if p.masked:
             const __global ${t.real}* restrict bias,
% endif
             __global ${t.real}* restrict out, __global ${t.real}* restrict logs, const ${t.real} scale, const int heads,
             const int inner, const int length, const int width, const int depth, const int columns, ${a.strides("query")},
             ${a.strides("key")}, ${a.strides("value")}${f', {capture(a.strides, "bias")}, const long bias_column' if p.masked else ""}) {
${a.begin()}
    __local number extremes[128], shrunk[${t.side}];
    const int first = ((length + ${t.side - 1}) / ${t.side} - 1 - block) * ${t.side}, own = lane % ${t.side}, share = lane / ${t.side};
${a.operands()}
% for n in range(t.groups):
    part ${", ".join(f"sum{n}_{r} = 0" for r in range(t.rows))};
% endfor
    number top = -INFINITY, total = 0;
    const int seen = ${f"min(width, first + {t.side})" if p.causal else "width"};
    for (int from = 0; from < seen; from += ${t.side}) {
${a.cross("score", "own_query", "query_row", "first", "length", "own_key", "key_row", "from", "width", "depth")}
% for r in range(t.rows):
        score${r} *= scale;
% for c in range(t.across):
${a.seen("score", r, c, f"first + {capture(a.row, r)}", f"from + x * {t.across} + {c}")}
% endfor
% endfor
${a.keep("score")}
        barrier(CLK_LOCAL_MEM_FENCE);
        __local number* line = weights + share * ${share * t.stride} + own;
        number most = -INFINITY;
        for (int k = 0; k < ${share}; k++)
            most = fmax(most, line[k * ${t.stride}]);
        extremes[lane] = most;
        barrier(CLK_LOCAL_MEM_FENCE);
        most = top;
        for (int k = 0; k < ${128 // t.side}; k++)
            most = fmax(most, extremes[k * ${t.side} + own]);
        const number base = most == -INFINITY ? 0 : most, factor = exp(top - base);
        top = most;
        total *= factor;
        for (int k = 0; k < ${share}; k++) {
            const number weight = exp(line[k * ${t.stride}] - base);
            total += weight;
            line[k * ${t.stride}] = weight;
        }
        if (share == 0)
            shrunk[own] = factor;
        barrier(CLK_LOCAL_MEM_FENCE);
% for r in range(t.rows):
        {
            const number factor = shrunk[${a.row(r)}];
% for n in range(t.groups):
            sum${n}_${r} *= factor;
% endfor
        }
% endfor
${a.add("sum", "own_value", "value_row", "from", "width", "columns")}
    }
    extremes[lane] = total;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (share == 0) {
        total = 0;
        for (int k = 0; k < ${128 // t.side}; k++)
            total += extremes[k * ${t.side} + own];
        shrunk[own] = total != 0 ? 1 / total : 0;
        if (first + own < length)
            logs[head * (long)length + first + own] = total != 0 ? top + log(total) : INFINITY;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
${a.write("sum", "out", "first", "length", "columns", lambda r: f" * shrunk[{capture(a.row, r)}]")}
}
