## Gradients of pooling, CPU form: each element of the result's gradient goes where the window took it from.
##
## Called by pool.py. A unit is one plane, which nobody else writes: it is zeroed, then added to in order, so that sums are the
## same in every run. A work-item takes `chunk` units in a row. The window is text; `part` says which of the two kernels this is.
## Assumes that the storage type is the one that is computed in.
<%namespace name="window" file="pool_window.cl.mako"/>
<%def name="spread(s0, s1)">
                const number share = grad[at + x] / ${window.count(w, "r0", "r1", s0, s1)};
                for (int r = r0; r < r1; r++)
                    for (int s = ${s0}; s < ${s1}; s++)
                        plane[(top + r * ${w.step_h}) * in_w + left + s * ${w.step_w}] += share;
</%def>
__kernel void ${name}(const __global ${storage}* grad,
% if part == "max_gradient":
    const __global int* picked,
% endif
    __global ${storage}* out,
    const ${index} units, const ${index} chunk, const int in_h, const int in_w, const int out_h, const int out_w) {
    typedef ${index} index;
    typedef ${compute} number;
    const index first = get_global_id(0) * chunk, last = min(first + chunk, units);
    for (index unit = first; unit < last; unit++) {
        __global number* plane = out + unit * in_h * in_w;
        for (int k = 0; k < in_h * in_w; k++) plane[k] = 0;
        index at = unit * out_h * out_w;
% if part == "max_gradient":
        for (const index end = at + out_h * out_w; at < end; at++)
% if w.step_h > 1 or w.step_w > 1:  ## a window beside the plane has picked nothing
            if (picked[at] < in_h * in_w)
% endif
                plane[picked[at]] += grad[at];
% else:
        for (int y = 0; y < out_h; y++, at += out_w) {
${window.rows(w)}
            for (int x = 0; x < out_w; x++) {
${window.columns(w)}
                if (s0 == 0 && s1 == ${w.kernel_w}) {
${spread("0", w.kernel_w)}
                } else {
${spread("s0", "s1")}
                }
            }
        }
% endif
    }
}
