## Padding. out[p, i...] = in[p, source(i - before)...]; what `source` does with places outside is the mode. Called by pad.py.
##
## CPU form: a unit is one of `pieces` of a row of the result, whose middle is moved in vectors, the last of which overlaps the one before;
## so are ends that come from the other end, all of a row that is moved round.
## GPU form: a unit is one element. Sides of dimension d: `n`, `before`, `out`, and `step`, how far its elements lie apart in the source.
<%
type = f"{element}{lanes}"
last = rank - 1
%>\
% if mode != "constant":
static ${index} source_${name}(const ${index} at, const ${index} n) {
% if mode == "reflect":
    return n - 1 - abs(n - 1 - (${index})abs(at));
% elif mode == "replicate":
    return clamp(at, (${index})0, n - 1);
% else:
    return at < 0 ? at + n : at < n ? at : at - n;
% endif
}
% endif
<%def name="place(d)">
            {
                const ${index} at = rest % out${d} - before${d};
                rest /= out${d};
% if mode == "constant":
                inside = inside && at >= 0 && at < n${d};
                from += at * step${d};
% else:
                from += source_${name}(at, n${d}) * step${d};
% endif
            }
</%def>
<%def name="end_of_row(stop, around)">
% if mode == "circular" and lanes > 1:
        for (; x + ${lanes} <= ${stop}; x += ${lanes}) vstore${lanes}(vload${lanes}(0, row + x - before${last} ${around} n${last}), 0, to + x);
% elif mode == "constant" and lanes > 1:
        for (; x + ${lanes} <= ${stop}; x += ${lanes}) vstore${lanes}((${type})value, 0, to + x);
% endif
        for (; x < ${stop}; x++) to[x] = ${"value" if mode == "constant" else f"row[source_{name}(x - before{last}, n{last})]"};
</%def>\
__kernel void ${name}(const __global ${element}* restrict in, __global ${element}* restrict padded,
% if mode == "constant":
                      const ${number} number,
% endif
                      const ${index} units, const ${index} chunk, const ${index} pieces, const ${index} length, const ${index} plane
% for d in range(rank):
                      , const ${index} n${d}, const ${index} before${d}, const ${index} out${d}, const ${index} step${d}
% endfor
                      ) {
% if mode == "constant":
    ${storage} cell;
    ${to_cell}
    const ${element} value = as_${element}(cell);
% endif
% if cpu:
    const ${index} begin = clamp(before${last}, (${index})0, out${last}), end = clamp(before${last} + n${last}, begin, out${last});
    const ${index} first = get_global_id(0) * chunk, stop = min(first + chunk, units);
    for (${index} unit = first; unit < stop; unit++) {
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
        ${index} rest = ${"unit / pieces" if cpu else "unit"}, from = 0;
% if mode == "constant":
        bool inside = true;
% endif
% for d in reversed(range(last if cpu else rank)):
${place(d)}
% endfor
        from += rest * plane;
% if not cpu:
        padded[unit] = ${"inside ? in[from] : value" if mode == "constant" else "in[from]"};
% else:
        const __global ${element}* row = in + from;
        __global ${element}* to = padded + unit / pieces * out${last};
        ${index} x = unit % pieces * length;
        const ${index} behind = min(x + length, out${last}), middle = min(end, behind);
        const ${index} left = ${"inside ? min(begin, behind) : behind" if mode == "constant" else "min(begin, behind)"};
${end_of_row("left", "+")}\
        if (x < middle) {
% if lanes > 1:
            if (middle - x < ${lanes}) {
                for (; x < middle; x++) to[x] = row[x - before${last}];
            } else {
                for (; x + ${lanes} <= middle; x += ${lanes}) vstore${lanes}(vload${lanes}(0, row + x - before${last}), 0, to + x);
                x = middle - ${lanes};
                vstore${lanes}(vload${lanes}(0, row + x - before${last}), 0, to + x);
                x = middle;
            }
% else:
            for (; x < middle; x++) to[x] = row[x - before${last}];
% endif
        }
${end_of_row("behind", "-")}\
% endif
    }
}
