## Gradients of attention, GPU form: those of the queries (`side` "query"), or of keys and values, from the logarithms that forward left.
##
## A work-group has ${t.side} queries (keys) of a head and meets as many keys (queries) at a time: weights, and what they had to change by, are computed
## again from two products. Called by attention.py.
<%namespace name="a" file="attention_group_parts.mako"/>
<%
    by_query = side == "query"
%>\
__kernel __attribute__((reqd_work_group_size(128, 1, 1)))
void ${name}(const __global ${t.real}* restrict grad, const __global ${t.real}* restrict logs, const __global ${t.real}* restrict dots,
             const __global ${t.real}* restrict query, const __global ${t.real}* restrict key, const __global ${t.real}* restrict value,
% if p.masked:
             const __global ${t.real}* restrict bias,
% endif
% if by_query:
             __global ${t.real}* restrict query_grad,
% else:
             __global ${t.real}* restrict key_grad, __global ${t.real}* restrict value_grad,
% endif
             const ${t.real} scale, const int heads, const int inner, const int length, const int width, const int depth,
             const int columns, ${a.strides("grad")}, ${a.strides("query")}, ${a.strides("key")},
             ${a.strides("value")}${f', {capture(a.strides, "bias")}, const long bias_column' if p.masked else ""}) {
${a.begin()}
    const __global number* own_grad = ${a.start("grad")};
${a.operands()}
    logs += head * (long)length;
    dots += head * (long)length;
% for n in range(t.groups):
    part ${", ".join(f"sum{n}_{r} = 0" for r in range(t.rows))};
% if not by_query:
    part ${", ".join(f"value{n}_{r} = 0" for r in range(t.rows))};
% endif
% endfor
% if by_query:
    const int first = ((length + ${t.side - 1}) / ${t.side} - 1 - block) * ${t.side};
    const int seen = ${f"min(width, first + {t.side})" if p.causal else "width"};
    for (int from = 0; from < seen; from += ${t.side}) {
${a.cross("score", "own_query", "query_row", "first", "length", "own_key", "key_row", "from", "width", "depth")}
${a.cross("slope", "own_grad", "grad_row", "first", "length", "own_value", "value_row", "from", "width", "columns")}
% else:
    const int from = block * ${t.side};
    for (int first = ${"from" if p.causal else "0"}; first < length; first += ${t.side}) {
${a.cross("score", "own_key", "key_row", "from", "width", "own_query", "query_row", "first", "length", "depth")}
${a.cross("slope", "own_value", "value_row", "from", "width", "own_grad", "grad_row", "first", "length", "columns")}
% endif
% for r in range(t.rows):
        score${r} *= scale;
% for c in range(t.across):
<%
    line, element = capture(a.row, r), f"x * {t.across} + {c}"
    i, j = (line, element) if by_query else (element, line)
%>\
${a.seen("score", r, c, f"first + {i}", f"from + {j}")}
        {
            const int i = min(first + ${i}, length - 1);
            score${r}.s${c} = exp(score${r}.s${c} - logs[i]);
            slope${r}.s${c} = score${r}.s${c} * (slope${r}.s${c} - dots[i]) * scale;
        }
% endfor
% endfor
% if by_query:
${a.keep("slope")}
${a.add("sum", "own_key", "key_row", "from", "width", "depth")}
% else:
${a.keep("score")}
${a.add("value", "own_grad", "grad_row", "first", "length", "columns")}
${a.keep("slope")}
${a.add("sum", "own_query", "query_row", "first", "length", "depth")}
% endif
    }
% if by_query:
${a.write("sum", "query_grad", "first", "length", "depth", lambda r: "")}
% else:
${a.write("sum", "key_grad", "from", "width", "depth", lambda r: "")}
${a.write("value", "value_grad", "from", "width", "columns", lambda r: "")}
% endif
}
