## Running sums, products, extremes or logarithms of sums of exponentials along the middle dimension of (outer, n, inner).
##
## Called by scan.py. A unit is a stretch of `size` steps of `lanes` neighbouring columns; each of the `blocks` stretches of a
## column goes on from `carry`, the running value at the end of the stretch before. With `totals` only the value at the end of
## each stretch is written, to (outer, blocks, inner): running values of those are the carries. Values are kept in `acc`, which
## is wider than the element where that costs nothing. Extremes also give the position of the element that is the extreme so
## far (the last of equal ones, as torch does); `nested`: the input is such totals, with their positions.
${functions}
% if kind == "logsumexp" and quick:
% for floats in ("float", "float16"):
static ${floats} log1p_${floats}_${name}(const ${floats} x) {
    const ${floats} next = 1.0f + x;
    return own_log_${floats}(next) + (x - (next - 1.0f)) / next;
}
% endfor
% endif
static ${acc} join_${name}(const ${acc} a, const ${acc} b) {
% if kind == "logsumexp" and quick:
    const float gap = a == b ? 0.0f : -fabs((float)(a - b));
    return fmax(a, b) + log1p_float_${name}(own_exp_float(gap));
% elif kind == "logsumexp":
    if (a != a || b != b) return a + b;
    const ${acc} most = fmax(a, b), least = fmin(a, b);
    return most == least && isinf(most) ? most : most + log1p(exp(least - most));
% elif positions:
    return b ${better} a || b != b ? b : a;
% else:
    return ${joined};
% endif
}
<%
read = "in[at + j]" if nested else f"({acc})load_i_{name}(in, at + j)"
lane = "[j]" if lanes > 1 else ""
place = "in_picked[at + j]" if nested else "k"
begin, keep = f"total{lane} = {read};", ""
resume = f"total{lane} = join_{name}(carry[from + j], total{lane});"
step = f"total{lane} = join_{name}(total{lane}, {read});"
if positions:
    begin += f" best{lane} = {place};"
    resume = (f"const {acc} before = carry[from + j]; if (!(total{lane} {better} before || total{lane} != total{lane}))"
              f" {{ total{lane} = before; best{lane} = carry_picked[from + j]; }}")
    step = (f"const {acc} value = {read}; if (value {better} total{lane} || value != value)"
            f" {{ total{lane} = value; best{lane} = {place}; }}")
if not totals:
    keep = f"out[at + j] = total{lane};" if nested else f"store_o_{name}(out, at + j, total{lane});"
    keep += f" picked[at + j] = best{lane};" if positions else ""
%>
<%def name="each(count, body)">
% if lanes > 1:
            for (int j = 0; j < ${count}; j++) { ${body} }
% else:
            { const int j = 0; ${body} }
% endif
</%def>
<%def name="walk(count)">
${each(count, begin)}
% if carried:
        if (block > 0) {
            const ${index} from = ((unit / strips / blocks) * blocks + block - 1) * inner + column;
${each(count, resume)}
        }
% endif
${each(count, keep)}
        k++;
        at += inner;
% if totals and kind == "sum" and lanes == 1 and not nested:
        if (inner == 1) {  // eight sums side by side
            ${acc} part[8] = {0};
            for (; k + 8 <= last_k; k += 8, at += 8)
                for (int j = 0; j < 8; j++) part[j] += ${read};
            for (int j = 0; j < 8; j++) total += part[j];
        }
% endif
% if kind == "logsumexp" and quick and lanes == 1 and cpu and not nested:
        if (inner == 1) {  // 16 elements at once, by what they are above the running value
            for (; k + 16 <= last_k; k += 16, at += 16) {
                float16 sums = convert_float16(convert_${acc}16(${vector}) - total);
                if (!isfinite(total) || !all(sums < 60.0f)) {
                    for (int step = 0; step < 16; step++) {
                        total = join_${name}(total, ${read.replace("at + j", "at + step")});
                        ${keep.replace("at + j", "at + step")}
                    }
                    continue;
                }
                sums = own_exp_float16(sums);
                sums += (float16)(0.0f, sums.s01234567, sums.s89ab, sums.scd, sums.se);
                sums += (float16)((float2)(0.0f), sums.s01234567, sums.s89ab, sums.scd);
                sums += (float16)((float4)(0.0f), sums.s01234567, sums.s89ab);
                sums += (float16)((float8)(0.0f), sums.s01234567);
                const ${acc}16 joined = total + convert_${acc}16(log1p_float16_${name}(sums));
% if not totals:
                float written[16];
                vstore16(convert_float16(joined), 0, written);
                for (int step = 0; step < 16; step++) store_o_${name}(out, at + step, written[step]);
% endif
                total = joined.sf;
            }
        }
% endif
% if stretch and not totals and not nested:
        if (inner == 1) {  // eight elements at once: sums within them wait for nothing, only their total is carried on
            for (; k + 8 <= last_k; k += 8, at += 8) {
                ${acc}8 sums = convert_${acc}8(${stretch});
                sums += (${acc}8)(0, sums.s0123, sums.s45, sums.s6);
                sums += (${acc}8)((${acc}2)(0), sums.s0123, sums.s45);
                sums += (${acc}8)((${acc}4)(0), sums.s0123);
                const ${acc}8 joined = total + sums;
                total += sums.s7;
% if stored:
                vstore8(convert_${stored}8(joined), 0, out + at);
% else:
                ${acc} written[8];
                vstore8(joined, 0, written);
                for (int step = 0; step < 8; step++) store_o_${name}(out, at + step, written[step]);
% endif
            }
        }
% endif
% if positions and lanes == 1:  # a new extreme is rare: looking for it is a loop of its own
        while (k < last_k) {
            const int j = 0;
            ${acc} value = total;
            for (; k < last_k; k++, at += inner) {
                value = ${read};
                if (value ${better} total || value != value) break;
                ${keep}
            }
            if (k == last_k) break;
            total = value;
            best = ${place};
            ${keep}
            k++;
            at += inner;
        }
% else:
        for (; k < last_k; k++, at += inner) {
${each(count, step + " " + keep)}
        }
% endif
</%def>
__kernel void ${name}(const __global ${in_storage}* in,
% if nested and positions:
    const __global long* in_picked,
% endif
    __global ${out_storage}* out,
% if positions:
    __global long* picked,
% endif
% if carried:
    const __global ${acc}* carry,
% if positions:
    const __global long* carry_picked,
% endif
% endif
    const ${index} units, const ${index} chunk, const ${index} n, const ${index} inner, const ${index} strips,
    const ${index} blocks, const ${index} size) {
% if cpu:
    const ${index} first = get_global_id(0) * chunk, last = min(first + chunk, units);
    for (${index} unit = first; unit < last; unit++) {
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
        const ${index} column = unit % strips * ${lanes}, block = unit / strips % blocks;
        const ${index} first_k = block * size, last_k = min(first_k + size, n);
        ${index} k = first_k, at = unit / strips / blocks * n * inner + k * inner + column;
% if lanes > 1:
        ${acc} total[${lanes}];
% if positions:
        long best[${lanes}];
% endif
        if (inner - column >= ${lanes}) {
${walk(lanes)}
        } else {
            const int width = inner - column;
${walk("width")}
        }
% else:
        ${acc} total;
% if positions:
        long best;
% endif
${walk(1)}
% endif
% if totals:
        {
            const ${index} to = (unit / strips) * inner + column;
% if lanes > 1:
            for (int j = 0; j < ${lanes} && column + j < inner; j++) {
                out[to + j] = total[j];
% if positions:
                picked[to + j] = best[j];
% endif
            }
% else:
            out[to] = total;
% if positions:
            picked[to] = best;
% endif
% endif
        }
% endif
    }
}
