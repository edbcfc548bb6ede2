## Between the transform of n real numbers, taken as h = n / 2 complex ones, and its first half. Called by fft.py.
## `unpack`: Z, the transform of even elements plus i times odd ones, is taken apart by Z(k) and Z(h - k); else it is put together.
## What lies at h - k is read backwards; the last vector of a row overlaps the one before. Where a row begins, its two real ends are done.
<%
type = real if lanes == 1 else f"{real}{lanes}"
sign = "-" if inverse else ""
back = ", ".join(f"%s.s{k:x}" for k in reversed(range(lanes))) if lanes > 1 else "%s"
%>
<%def name="read(r, i, pointer, at)">\
% if lanes == 1:
        ${type} ${r} = ${pointer}[2 * (${at})], ${i} = ${pointer}[2 * (${at}) + 1];
% else:
        const ${type} ${r}0 = vload${lanes}(0, ${pointer} + 2 * (${at})), ${r}1 = vload${lanes}(0, ${pointer} + 2 * (${at}) + ${lanes});
        ${type} ${r} = (${type})(${r}0.even, ${r}1.even), ${i} = (${type})(${r}0.odd, ${r}1.odd);
% endif
</%def>
__kernel void ${name}(const __global ${real}* in, const __global ${real}* roots, __global ${real}* out, const ${index} h,
                      const ${index} blocks, const ${index} units, const ${index} chunk) {
% if cpu:
    const ${index} first = get_global_id(0) * chunk, end = min(first + chunk, units);
    for (${index} unit = first; unit < end; unit++) {
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
        const ${index} row = unit / blocks;
<% wide, narrow = ("h", "(h + 1)") if unpack else ("(h + 1)", "h") %>\
        const __global ${real}* from = in + 2 * row * ${wide};
        __global ${real}* to = out + 2 * row * ${narrow};
        if (unit % blocks == 0) {
% if unpack:
            to[0] = from[0] + from[1];
            to[2 * h] = from[0] - from[1];
            to[1] = to[2 * h + 1] = 0;
% else:
            to[0] = from[0] + from[2 * h];
            to[1] = from[0] - from[2 * h];
% endif
            if (h == 1) continue;
        }
        const ${index} k = 1 + min(unit % blocks * ${lanes}, h - 1 - ${lanes});
${read("ar", "ai", "from", "k")}\
${read("br", "bi", "from", f"h - k - {lanes - 1}")}\
${read("c", "s", "roots", "k")}\
        br = (${type})(${back.replace("%s", "br")});
        bi = (${type})(${back.replace("%s", "bi")});
        s = ${sign}s;
% if unpack:
        const ${type} er = ar + br, ei = ai - bi, or_ = ai + bi, oi = br - ar;
        ar = (er + (c * or_ - s * oi)) * (${real})0.5;
        ai = (ei + (c * oi + s * or_)) * (${real})0.5;
% else:
        const ${type} dr = ar - br, di = ai + bi;
        const ${type} or_ = c * dr - s * di, oi = c * di + s * dr;
        const ${type} er = ar + br, ei = ai - bi;
        ar = er - oi;
        ai = ei + or_;
% endif
% if lanes == 1:
        to[2 * k] = ar;
        to[2 * k + 1] = ai;
% else:
<% pairs = [f"{v}.s{j:x}" for j in range(lanes) for v in ("ar", "ai")] %>\
        vstore${lanes}((${type})(${", ".join(pairs[:lanes])}), 0, to + 2 * k);
        vstore${lanes}((${type})(${", ".join(pairs[lanes:])}), 0, to + 2 * k + ${lanes});
% endif
    }
}
