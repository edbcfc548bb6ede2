## Between the transform of n real numbers, taken as h = n / 2 complex ones, and its first half: see fft_half.cl.mako and fft_whole.cl.mako.
## `unpack`: Z, the transform of even elements plus i times odd ones, is taken apart by Z(k) and Z(h - k); else it is put together.
## What lies at h - k is read backwards. Numbers lie as pairs, or in two parts that lie `reads` or `writes` apart.
<%namespace name="parts" file="fft_parts.mako"/>
<%def name="ends(real, unpack, reads, writes)">\
<%
im = lambda pointer, at, apart: f"{pointer}[{apart} + {at}]" if apart else f"{pointer}[2 * ({at}) + 1]"
re = lambda pointer, at, apart: f"{pointer}[{at}]" if apart else f"{pointer}[2 * ({at})]"
%>\
% if unpack:
            ${re("to", "0", writes)} = ${re("from", "0", reads)} + ${im("from", "0", reads)};
            ${re("to", "h", writes)} = ${re("from", "0", reads)} - ${im("from", "0", reads)};
            ${im("to", "0", writes)} = ${im("to", "h", writes)} = 0;
% else:
            ${re("to", "0", writes)} = ${re("from", "0", reads)} + ${re("from", "h", reads)};
            ${im("to", "0", writes)} = ${re("from", "0", reads)} - ${re("from", "h", reads)};
% endif
</%def>
<%def name="turned(real, lanes, inverse, unpack, roots, reads, writes)">\
<%
type = real if lanes == 1 else f"{real}{lanes}"
sign = "-" if inverse else ""
back = ", ".join(f"%s.s{k:x}" for k in reversed(range(lanes))) if lanes > 1 else "%s"
%>\
            ${type} ar, ai, br, bi, c, s;
${parts.read(real, lanes, "ar", "ai", "from", "k", reads)}\
${parts.read(real, lanes, "br", "bi", "from", f"h - k - {lanes - 1}", reads)}\
${parts.read(real, lanes, "c", "s", roots, "k")}\
            br = (${type})(${back.replace("%s", "br")});
            bi = (${type})(${back.replace("%s", "bi")});
            s = ${sign}s;
${mixed(type, real, unpack)}\
${parts.write(real, lanes, "ar", "ai", "to", "k", writes)}\
</%def>
## What the two do with ``ar``, ``ai`` at k and ``br``, ``bi`` at h - k; ``c``, ``s``: the root of k.
<%def name="mixed(type, real, unpack)">\
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
</%def>
