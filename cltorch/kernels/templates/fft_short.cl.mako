## Fourier transforms of short rows, of a length that is a product of two powers of two, in registers. Called by fft.py (CPU form). A vector holds as many
## numbers of each of `rows` rows as the first pass is long, so that all lanes are filled: transposed in squares behind that pass (see fft_rows.cl.mako), they are
## what the second one reads. The last group of rows overlaps the one before. `half` as in fft_whole.cl.mako; what lies at n - k is read backwards.
<%namespace name="halves" file="fft_halves.mako"/>
<%
width, count = first.radix, last.radix
n = width * count
vector = f"{real}{width * rows}"
sign = "-" if inverse else ""
lane = lambda k: f"s{k:x}"
some = lambda lanes: "s" + "".join(f"{k:x}" for k in lanes)
ahead = some(k for k in range(width * rows))
back = some(row * width + k for row in range(rows) for k in reversed(range(width)))
mirrored = some(row * width + (width - k) % width for row in range(rows) for k in range(width))
woven = some(k // 2 + k % 2 * (width * rows // 2) for k in range(width * rows))
turned = first.places
%>\
<%def name="read(r, i, place, lanes)">\
            { const ${vector} a = (${vector})(${", ".join(f"vload{2 * width}(0, in + {row} * apart + 2 * ({place}))" for row in range(rows // 2))}),
                  b = (${vector})(${", ".join(f"vload{2 * width}(0, in + {row} * apart + 2 * ({place}))" for row in range(rows // 2, rows))});
              ${r} = ((${vector})(a.even, b.even)).${lanes}; ${i} = ((${vector})(a.odd, b.odd)).${lanes}; }
</%def>
<%def name="root(c, s, table, place)">\
    ${vector} ${c}, ${s};
    { const ${real}${2 * width} root = vload${2 * width}(0, ${table} + 2 * (${place}));
      ${c} = (${vector})(${", ".join(["root.even"] * rows)}); ${s} = ${sign}(${vector})(${", ".join(["root.odd"] * rows)}); }
</%def>
__kernel void ${name}(const __global ${real}* input, const __global ${real}* roots,
% if half:
                      const __global ${real}* ends,
% endif
                      __global ${real}* output, const ${index} apart, const ${index} start, const ${index} batch, const ${index} groups,
                      const ${index} chunk, const ${real} scale) {
    typedef ${vector} real_vector;
    const ${index} begin = get_global_id(0) * chunk, end = min(begin + chunk, groups);
% for at, r in [(at, r) for at in range(0, count, width) for r in range(1, width)]:
${root(f"c{at}_{r}", f"s{at}_{r}", "roots", n + count * r + at)}\
% endfor
% for k in range(0, n if half else 0, width):
${root(f"c{k}", f"s{k}", "ends", k)}\
% endfor
    for (${index} group = begin; group < end; group++) {
        const ${index} row = min(group * ${rows}, batch - ${rows});
        const __global ${real}* in = input + start + row * apart;
        __global ${real}* out = output + 2 * row * ${n + (half == "unpack")};
        real_vector ${", ".join(f"u{p}, v{p}" for p in range(count))}, x, y;
% for at in range(0, count, width):
        {
            real_vector ${", ".join(f"r{t}, i{t}" for t in range(width))};
% for t in range(width):
<% k = at + count * t %>\
${read(f"r{t}", f"i{t}", k, ahead)}\
% if half == "pack":
            {
                ${vector} ar = r${t}, ai = i${t}, br, bi;
                const ${vector} c = c${k}, s = s${k};
${read("br", "bi", n - k - width + 1, back)}\
% if k == 0:
                ${" ".join(f"ai.{lane(row * width)} = bi.{lane(row * width)} = 0;" for row in range(rows))}
% endif
${halves.mixed(vector, real, False)}\
                r${t} = ar; i${t} = ai;
            }
% endif
% endfor
            {
% for line in first.lines:
                ${line}
% endfor
            }
% for r in range(1, width):
            x = r${turned[r]}; y = i${turned[r]};
            r${turned[r]} = x * c${at}_${r} - y * s${at}_${r}; i${turned[r]} = y * c${at}_${r} + x * s${at}_${r};
% endfor
% for line in first.transposed:
            ${line}
% endfor
% for r in range(width):
            u${at + r} = r${turned[r]}; v${at + r} = i${turned[r]};
% endfor
        }
% endfor
        real_vector ${", ".join(f"r{p} = u{p}, i{p} = v{p}" for p in range(count))};
        {
% for line in last.lines:
            ${line}
% endfor
        }
% for a in range(count):
        r${a} *= scale; i${a} *= scale;
% endfor
% for s in range(count):
<% a, b, k = last.places[s], last.places[count - 1 - s], width * s %>\
        {
            ${vector} ar = r${a}, ai = i${a};
% if half == "unpack":
            ${vector} br = r${b}.${mirrored}, bi = i${b}.${mirrored};
<% b = last.places[-s % count] %>\
            ${" ".join(f"br.{lane(row * width)} = r{b}.{lane(row * width)}; bi.{lane(row * width)} = i{b}.{lane(row * width)};" for row in range(rows))}
            const ${vector} c = c${k}, s = s${k};
${halves.mixed(vector, real, True)}\
% endif
            const ${vector} low = ((${vector})(ar.lo, ai.lo)).${woven}, high = ((${vector})(ar.hi, ai.hi)).${woven};
% for row in range(rows):
<% part, place = ("low", row) if row < rows // 2 else ("high", row - rows // 2) %>\
            vstore${2 * width}(${part}.${some(range(2 * width * place, 2 * width * (place + 1)))}, 0, out + 2 * (${row * (n + (half == "unpack")) + k}));
% endfor
        }
% endfor
% if half == "unpack":
% for row in range(rows):
        out[${2 * (row * (n + 1) + n)}] = r0.${lane(row * width)} - i0.${lane(row * width)}; out[${2 * (row * (n + 1) + n) + 1}] = 0;
% endfor
% endif
    }
}
