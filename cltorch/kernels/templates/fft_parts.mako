## What passes of a Fourier transform share: complex vectors that are read and written as pairs, or as two parts that lie `apart`, and what
## a pass does with its vectors in registers. See fft_rows.cl.mako, fft_whole.cl.mako and fft_beside.cl.mako.
<%def name="read(real, lanes, r, i, pointer, at, apart='')">\
<% type = f"{real}{lanes}" %>\
% if apart and lanes == 1:
            ${r} = ${pointer}[${at}]; ${i} = ${pointer}[${apart} + ${at}];
% elif apart:
            ${r} = vload${lanes}(0, ${pointer} + ${at}); ${i} = vload${lanes}(0, ${pointer} + ${apart} + ${at});
% elif lanes == 1:
            ${r} = ${pointer}[2 * (${at})]; ${i} = ${pointer}[2 * (${at}) + 1];
% else:
            { const ${type} a = vload${lanes}(0, ${pointer} + 2 * (${at})), b = vload${lanes}(0, ${pointer} + 2 * (${at}) + ${lanes});
              ${r} = (${type})(a.even, b.even); ${i} = (${type})(a.odd, b.odd); }
% endif
</%def>
<%def name="write(real, lanes, r, i, pointer, at, apart='')">\
<% type = f"{real}{lanes}" %>\
% if apart and lanes == 1:
            ${pointer}[${at}] = ${r}; ${pointer}[${apart} + ${at}] = ${i};
% elif apart:
            vstore${lanes}(${r}, 0, ${pointer} + ${at}); vstore${lanes}(${i}, 0, ${pointer} + ${apart} + ${at});
% elif lanes == 1:
            ${pointer}[2 * (${at})] = ${r}; ${pointer}[2 * (${at}) + 1] = ${i};
% else:
<% pairs = [f"{v}.s{k:x}" for k in range(lanes) for v in (r, i)] %>\
            vstore${lanes}((${type})(${", ".join(pairs[:lanes])}), 0, ${pointer} + 2 * (${at}));
            vstore${lanes}((${type})(${", ".join(pairs[lanes:])}), 0, ${pointer} + 2 * (${at}) + ${lanes});
% endif
</%def>
## A pass over (radix, m, stride) of a block in scratch memory of its work-item.
<%def name="walk(name, real, inverse, index, step, reads, writes)">\
static void ${name}(const __global ${real}* restrict in, const __global ${real}* restrict roots, __global ${real}* restrict out,
                    const ${index} n, const ${index} room, const ${index} m, const ${index} stride, const ${index} turn, const ${real} scale) {
    typedef ${real if step.lanes == 1 else f"{real}{step.lanes}"} real_vector;
% if step.across:
    for (${index} at = 0; at < m; at += ${step.lanes}) {
        const ${index} p = min(at, m - ${step.lanes});
        {
${taken(real, inverse, step, "p", f"{step.radix} * p", "turn", reads, writes)}\
        }
    }
% else:
    for (${index} p = 0; p < m; p++) {
        for (${index} at = 0; at < stride; at += ${step.lanes}) {
            const ${index} q = min(at, stride - ${step.lanes}), source = q + stride * p, target = q + stride * ${step.radix} * p;
${taken(real, inverse, step, "source", "target", "turn", reads, writes)}\
        }
    }
% endif
}
</%def>
## A pass over (radix, m, stride) at one place p of m and `lanes` neighbours: of `stride`, or `across` it of `m`. `source` and `target` are places
## of `in` and `out`; `turn` is how far roots of neighbouring p lie apart.
<%def name="taken(real, inverse, step, source, target, turn, reads='', writes='')">\
<%
radix, lanes = step.radix, step.lanes
sign = "-" if inverse else ""
type = real if lanes == 1 else f"{real}{lanes}"
%>\
            real_vector ${", ".join(f"r{t}, i{t}" for t in range(radix))}, x, y;
% for t in range(radix):
${read(real, lanes, f"r{t}", f"i{t}", "in", f"{source} + stride * m * {t}", reads)}\
% endfor
            {
% for line in step.lines:
                ${line}
% endfor
            }
% for r in range(radix):
<% a = step.places[r] %>\
% if step.last:
            r${a} *= scale; i${a} *= scale;
% elif r:
            {
% if step.across:
                real_vector c, s;
${read(real, lanes, "c", "s", "roots", f"n + m * {r} + p")}\
% else:
                const ${real} c = roots[2 * ${turn} * p * ${r}], s = roots[2 * ${turn} * p * ${r} + 1];
% endif
                x = r${a};
                r${a} = x * c - ${sign}(i${a} * s); i${a} = i${a} * c + ${sign}(x * s);
            }
% endif
% endfor
% if not step.across:
% for r in range(radix):
${write(real, lanes, f"r{step.places[r]}", f"i{step.places[r]}", "out", f"{target} + stride * {r}", writes)}\
% endfor
% elif step.transposed:
% for line in step.transposed:
            ${line}
% endfor
% for j in range(lanes):
${write(real, lanes, f"r{step.places[j]}", f"i{step.places[j]}", "out", f"{target} + {radix * j}", writes)}\
% endfor
% else:
% for j, r in [(j, r) for j in range(lanes) for r in range(radix)]:
<% part = f".s{j:x}" if lanes > 1 else "" %>\
${write(real, 1, f"r{step.places[r]}{part}", f"i{step.places[r]}{part}", "out", f"{target} + {radix * j + r}", writes)}\
% endfor
% endif
</%def>
