## Passes of a Fourier transform in Stockham's order (Van Loan, Computational Frameworks for the Fast Fourier Transform, 1.7).
## Called by fft.py. Elements of a row are seen as (radix, m, stride) and written as (m, radix, stride); what lies at (p, q) of (m, stride)
## is transformed in registers, `lanes` neighbours at once, and turned. Neighbours are places of `stride`, or in a first pass of stride 1 places
## of `m`; there roots come from a table in their order, and vectors are transposed where they are as many as their lanes. The last
## vector of a row overlaps the one before. `fused`: a work-item takes whole rows through all passes, in scratch memory of its own.
<%
sign = "-" if inverse else ""
def vector(lanes):
    return real if lanes == 1 else f"{real}{lanes}"
%>
<%def name="read(lanes, r, i, pointer, at)">\
% if lanes == 1:
                ${r} = ${pointer}[2 * (${at})]; ${i} = ${pointer}[2 * (${at}) + 1];
% else:
                { const ${vector(lanes)} a = vload${lanes}(0, ${pointer} + 2 * (${at})), b = vload${lanes}(0, ${pointer} + 2 * (${at}) + ${lanes});
                  ${r} = (${vector(lanes)})(a.even, b.even); ${i} = (${vector(lanes)})(a.odd, b.odd); }
% endif
</%def>
<%def name="write(lanes, r, i, pointer, at)">\
% if lanes == 1:
                ${pointer}[2 * (${at})] = ${r}; ${pointer}[2 * (${at}) + 1] = ${i};
% else:
<% pairs = [f"{v}.s{k:x}" for k in range(lanes) for v in (r, i)] %>\
                vstore${lanes}((${vector(lanes)})(${", ".join(pairs[:lanes])}), 0, ${pointer} + 2 * (${at}));
                vstore${lanes}((${vector(lanes)})(${", ".join(pairs[lanes:])}), 0, ${pointer} + 2 * (${at}) + ${lanes});
% endif
</%def>
% for k, step in enumerate(passes):
<%
radix, lanes, type = step.radix, step.lanes, vector(step.lanes)
%>
static void pass_${k}_${name}(const __global ${real}* in, const __global ${real}* roots, __global ${real}* out, const ${index} n,
                              const ${index} m, const ${index} stride, const ${index} turn, const ${index} first, const ${index} end,
                              const ${real} scale) {
    typedef ${type} real_vector;
    const ${index} along = ${"m" if step.across else "stride"}, blocks = (along + ${lanes - 1}) / ${lanes};
    for (${index} unit = first; unit < end; unit += ${"1" if cpu else "get_global_size(0)"}) {
        const ${index} from = min(unit % blocks * ${lanes}, along - ${lanes}), rest = unit / blocks;
% if step.across:
        const ${index} row = rest * ${radix} * m, p = from, q = 0;
% else:
        const ${index} row = rest / m * ${radix} * m * stride, p = rest % m, q = from;
% endif
        const ${index} source = row + q + stride * p, target = row + q + stride * ${radix} * p;
        real_vector ${", ".join(f"r{t}, i{t}" for t in range(radix))}, x, y;
% for t in range(radix):
${read(lanes, f"r{t}", f"i{t}", "in", f"source + stride * m * {t}")}\
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
${read(lanes, "c", "s", "roots", f"n + m * {r} + p")}\
% else:
            const ${index} place = 2 * turn * p * ${r};
            const ${real} c = roots[place], s = roots[place + 1];
% endif
            x = r${a};
            r${a} = x * c - ${sign}(i${a} * s); i${a} = i${a} * c + ${sign}(x * s);
        }
% endif
% endfor
% if not step.across:
% for r in range(radix):
${write(lanes, f"r{step.places[r]}", f"i{step.places[r]}", "out", f"target + stride * {r}")}\
% endfor
% elif step.transposed:
% for line in step.transposed:
        ${line}
% endfor
% for j in range(lanes):
${write(lanes, f"r{step.places[j]}", f"i{step.places[j]}", "out", f"target + {radix * j}")}\
% endfor
% else:
% for j, r in [(j, r) for j in range(lanes) for r in range(radix)]:
        out[2 * (target + ${radix * j + r})] = r${step.places[r]}${f".s{j:x}" if lanes > 1 else ""}; out[2 * (target + ${radix * j + r}) + 1] = i${step.places[r]}${f".s{j:x}" if lanes > 1 else ""};
% endfor
% endif
    }
}
% endfor
__kernel void ${name}(const __global ${real}* in, const __global ${real}* roots, __global ${real}* out, const ${index} n,
% if fused:
                      __global ${real}* scratch,
% for k in range(len(passes)):
                      const ${index} m${k}, const ${index} stride${k}, const ${index} units${k},
% endfor
                      const ${index} batch, const ${index} chunk, const ${real} scale) {
    const ${index} begin = get_global_id(0) * chunk, end = min(begin + chunk, batch);
    __global ${real}* mine = scratch + 4 * n * get_global_id(0);
    for (${index} row = begin; row < end; row++) {
% for k, step in enumerate(passes):
<%
place = lambda j: f"mine + 2 * n * {j % 2}"
source = "in + 2 * n * row" if k == 0 else place(k - 1)
target = "out + 2 * n * row" if step.last else place(k)
%>\
        pass_${k}_${name}(${source}, roots, ${target}, n, m${k}, stride${k}, stride${k}, 0, units${k}, scale);
% endfor
    }
% else:
                      const ${index} m, const ${index} stride, const ${index} turn, const ${index} units, const ${index} chunk, const ${real} scale) {
% if cpu:
    const ${index} first = get_global_id(0) * chunk, end = min(first + chunk, units);
% else:
    const ${index} first = get_global_id(0), end = units;
% endif
    pass_0_${name}(in, roots, out, n, m, stride, turn, first, end, scale);
% endif
}
