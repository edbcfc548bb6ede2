## Pooling of planes, CPU form: out[p, y, x] = max or mean of in[p, window(y, x)], a row of the result at a time.
##
## Called by pool.py. A unit is one row; a work-item takes `chunk` units in a row. The window is text. A row has three parts:
## windows that reach over the left border, those inside (in vectors where the stride is at most 4), those over the right.
## Where all windows lie inside, the text has nothing else: half of it, and of its compiler's time.
## Tunables: vectors (the lanes to try, widest first). Assumes that each window reaches at least one element of the plane.
<%namespace name="window" file="pool_window.cl.mako"/>
<%def name="edge(end, r0, r1)">
        for (; x < ${end}; x++) {
${window.columns(w)}
${write(r0, r1, "s0", "s1")}
        }
</%def>
<%def name="write(r0, r1, s0, s1)">
${window.reduce(w, part, floating, r0, r1, s0, s1)}
            store_e(out, unit * out_w + x, result);
% if indices:
            picked[unit * out_w + x] = best;
% endif
</%def>
<%def name="windows(lanes, r0, r1)">
        for (; x + ${lanes} <= right && x * ${w.stride_w} + ${w.stride_w * lanes + w.reach_w - w.reach_w % w.stride_w - w.pad_w} <= in_w; x += ${lanes}) {
            const int start = top * in_w + x * ${w.stride_w} - ${w.pad_w};
            vector${lanes} result = 0;
            int${lanes} best = 0;
            for (int r = ${r0}; r < ${r1}; r++) {
                const __global number* from = in + base + start + r * ${w.step_h} * in_w;
                const int${lanes} at = start + r * ${w.step_h} * in_w + (int${lanes})(${", ".join(str(k * w.stride_w) for k in range(lanes))});
% for s in range(w.kernel_w):
                {
${taps(lanes, s * w.step_w)}
% if part == "max":
                    int${lanes} wins = (value > result)${" | (value != value)" if floating else ""};
% if s == 0:
                    if (r == ${r0}) wins = -1;
% endif
                    result = select(result, value, wins);
                    best = select(best, at + ${s * w.step_w}, wins);
% else:
                    result = ${f"r == {r0} ? value : " if s == 0 else ""}result + value;
% endif
                }
% endfor
            }
% if part == "avg":
            result /= ${window.count(w, r0, r1, "0", w.kernel_w)};
% endif
            *(__global vector${lanes}_at*)(out + unit * out_w + x) = result;
% if indices:
            *(__global int${lanes}_at*)(picked + unit * out_w + x) = best;
% endif
        }
</%def>
<%def name="taps(lanes, offset)">
% if w.stride_w == 1:
                    const vector${lanes} value = *(const __global vector${lanes}_at*)(from + ${offset});
% else:
<% from_lane = [k * w.stride_w + offset % w.stride_w for k in range(lanes)] %>\
% for q in range(w.stride_w):
                    const vector${lanes} part${q} = *(const __global vector${lanes}_at*)(from + ${offset - offset % w.stride_w + q * lanes});
% endfor
                    const vector${lanes} value = (vector${lanes})(${", ".join(f"part{at // lanes}.s{at % lanes:x}" for at in from_lane)});
% endif
</%def>
<%def name="row(r0, r1)">
        int x = 0;
% if not w.fits:
${edge("inside", r0, r1)}
% endif
% for lanes in vectors:
${windows(lanes, r0, r1)}
% endfor
        for (; x < right; x++) {
            const int left = x * ${w.stride_w} - ${w.pad_w};
${write(r0, r1, "0", w.kernel_w)}
        }
% if not w.fits:
${edge("out_w", r0, r1)}
% endif
</%def>
${functions}
__kernel void ${name}(const __global ${storage}* in, __global ${storage}* out,
% if indices:
    __global int* picked,
% endif
    const ${index} units, const ${index} chunk, const int in_h, const int in_w, const int out_h, const int out_w) {
    typedef ${index} index;
    typedef ${compute} number;
% for lanes in vectors:
    typedef ${compute}${lanes} vector${lanes};
    typedef ${compute}${lanes} vector${lanes}_at __attribute__((aligned(4)));
    typedef int${lanes} int${lanes}_at __attribute__((aligned(4)));
% endfor
% if w.fits:
    const int right = out_w;
% else:
    const int room = in_w + ${w.pad_w - w.reach_w - 1};  // the last left border of a window inside, padding included
    const int inside = min(${-(-w.pad_w // w.stride_w)}, out_w);
    const int right = room < 0 ? inside : max(inside, min(out_w, room / ${w.stride_w} + 1));
% endif
    const index first = get_global_id(0) * chunk, last = min(first + chunk, units);
    for (index unit = first; unit < last; unit++) {
        const index plane = unit / out_h, base = plane * in_h * in_w;
        const int y = unit - plane * out_h;
${window.rows(w)}
% if w.fits:
${row("0", w.kernel_h)}
% else:
        if (r0 == 0 && r1 == ${w.kernel_h}) { // taps whose numbers are known are written out by the compiler
${row("0", w.kernel_h)}
        } else {
${row("r0", "r1")}
        }
% endif
    }
}
