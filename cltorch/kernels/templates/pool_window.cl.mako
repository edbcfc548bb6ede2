## Parts that pooling kernels share: which taps of a window lie in the plane, and what is made of them.
##
## `w` is a pool.Window. Tap (r, s) of the window of (y, x) is element (top + r * step_h, left + s * step_w) of the plane.
<%def name="rows(w)">
        const int top = y * ${w.stride_h} - ${w.pad_h};
        const int r0 = ${f"top < 0 ? (-top + {w.step_h - 1}) / {w.step_h} : 0" if w.pad_h else "0"};
        const int r1 = min(${w.kernel_h}, (in_h - top + ${w.step_h - 1}) / ${w.step_h});
</%def>
<%def name="columns(w)">
        const int left = x * ${w.stride_w} - ${w.pad_w};
        const int s0 = ${f"left < 0 ? (-left + {w.step_w - 1}) / {w.step_w} : 0" if w.pad_w else "0"};
        const int s1 = min(${w.kernel_w}, (in_w - left + ${w.step_w - 1}) / ${w.step_w});
</%def>
##
## By how much a mean's sum is divided: a fixed divisor, the taps in the plane, or those in the padded plane too.
<%def name="count(w, r0, r1, s0, s1)">\
% if w.divisor:
${w.divisor}\
% elif w.count_pad and (w.pad_h or w.pad_w or w.ceil):
((min(top + ${w.kernel_h}, in_h + ${w.pad_h}) - top) * (min(x * ${w.stride_w} - ${w.pad_w} + ${w.kernel_w}, in_w + ${w.pad_w}) - (x * ${w.stride_w} - ${w.pad_w})))\
% else:
((${r1} - ${r0}) * (${s1} - ${s0}))\
% endif
</%def>
##
<%def name="lowest(floating)">\
% if floating:
-INFINITY\
% else:
(number)((number)-1 > 0 ? 0 : (number)1 << (8 * sizeof(number) - 1))\
% endif
</%def>
##
## `result`, and for a maximum `best`, its position in the plane, from taps r0 to r1 and s0 to s1. NaN counts as largest, the last one wins.
<%def name="reduce(w, part, floating, r0, r1, s0, s1)">
% if part == "max":
        int best = (top + ${r0} * ${w.step_h}) * in_w + left + ${s0} * ${w.step_w};
% if w.step_h > 1 or w.step_w > 1:  ## taps that lie apart may all lie beside the plane
        number result = ${r0} < ${r1} && ${s0} < ${s1} ? load_e(in, base + best) : ${lowest(floating)};
% else:
        number result = load_e(in, base + best);
% endif
        for (int r = ${r0}; r < ${r1}; r++)
            for (int s = ${s0}; s < ${s1}; s++) {
                const int at = (top + r * ${w.step_h}) * in_w + left + s * ${w.step_w};
                const number value = load_e(in, base + at);
                const int wins = (value > result)${" | (value != value)" if floating else ""};
                result = wins ? value : result;  // a branch would be guessed wrong half of the time
                best = wins ? at : best;
            }
% else:
        number sum = 0;
        for (int r = ${r0}; r < ${r1}; r++)
            for (int s = ${s0}; s < ${s1}; s++)
                sum += load_e(in, base + (top + r * ${w.step_h}) * in_w + left + s * ${w.step_w});
        const number result = sum / ${count(w, r0, r1, s0, s1)};
% endif
</%def>
