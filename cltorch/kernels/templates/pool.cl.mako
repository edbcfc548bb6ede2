## Pooling of planes, an element at a time. out[p, y, x] = max or mean of in[p, window(y, x)]; gradients in gather form.
##
## Called by pool.py: all of the GPU form, and on CPUs the gradients in 16-bit floats, which are summed in float here.
## A unit is one element of what is written; a work-item takes every unit of its range. The window is text; `part` says which
## of the four kernels this is. A window that reaches no element of the plane has the
## smallest number as its maximum.
<%namespace name="window" file="pool_window.cl.mako"/>
${functions}
__kernel void ${name}(\
% if part == "max":
const __global ${storage}* in, __global ${storage}* out,
% if indices:
    __global int* picked,
% endif
% elif part == "max_gradient":
const __global ${storage}* grad, const __global int* picked, __global ${storage}* out,
% elif part == "avg":
const __global ${storage}* in, __global ${storage}* out,
% else:
const __global ${storage}* grad, __global ${storage}* out,
% endif
    const ${index} units, const ${index} chunk, const int in_h, const int in_w, const int out_h, const int out_w) {
    typedef ${index} index;
    typedef ${compute} number;
% if cpu:
    const index first = get_global_id(0) * chunk, last = min(first + chunk, units);
    for (index unit = first; unit < last; unit++) {
% else:
    for (index unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
% if forward:
        const int x = unit % out_w, y = unit / out_w % out_h;
        const index plane = unit / out_w / out_h, base = plane * in_h * in_w;
${window.rows(w)}
${window.columns(w)}
${window.reduce(w, part, floating, "r0", "r1", "s0", "s1")}
        store_e(out, unit, result);
% if indices:
        picked[unit] = best;
% endif
% else:
        const int j = unit % in_w, i = unit / in_w % in_h;
        const index base = unit / in_w / in_h * out_h * out_w;
        const int y0 = max((i + ${w.pad_h - w.reach_h + w.stride_h - 1}) / ${w.stride_h}, 0);
        const int y1 = min((i + ${w.pad_h}) / ${w.stride_h}, out_h - 1);
        const int x0 = max((j + ${w.pad_w - w.reach_w + w.stride_w - 1}) / ${w.stride_w}, 0);
        const int x1 = min((j + ${w.pad_w}) / ${w.stride_w}, out_w - 1);
        number sum = 0;
        for (int y = y0; y <= y1; y++) {
% if part == "avg_gradient":
${window.rows(w)}
% endif
            for (int x = x0; x <= x1; x++) {
                const index at = base + y * out_w + x;
% if part == "max_gradient":
                if (picked[at] == i * in_w + j) sum += load_e(grad, at);
% else:
${window.columns(w)}
                sum += load_e(grad, at) / ${window.count(w, "r0", "r1", "s0", "s1")};
% endif
            }
        }
        store_e(out, unit, sum);
% endif
    }
}
