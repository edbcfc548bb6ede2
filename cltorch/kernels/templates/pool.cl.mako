## Pooling of planes. out[p, y, x] = max or mean of in[p, window(y, x)]; and the gradients of both, in gather form.
##
## Called by pool.py. A unit is one element of what is written; a work-item takes every unit of its range.
## Window, stride, padding and dilation are arguments; `part` says which of the four kernels this is.
## Assumes that each window reaches at least one element of the plane.
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
    const ${index} units, const ${index} chunk, const int in_h, const int in_w, const int out_h, const int out_w,
    const int kernel_h, const int kernel_w, const int stride_h, const int stride_w, const int pad_h, const int pad_w,
    const int step_h, const int step_w, const int divisor, const int count_pad) {
% if cpu:
    const ${index} first = get_global_id(0) * chunk, last = min(first + chunk, units);
    for (${index} unit = first; unit < last; unit++) {
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
% if forward:
        const int x = unit % out_w, y = unit / out_w % out_h;
        const ${index} plane = unit / out_w / out_h;
        const int top = y * stride_h - pad_h, left = x * stride_w - pad_w;
        const ${index} base = plane * in_h * in_w;
% if part == "max":
        int best = -1;
        ${compute} most = 0;
        for (int r = 0; r < kernel_h; r++) {
            const int i = top + r * step_h;
            if (i < 0 || i >= in_h) continue;
            for (int s = 0; s < kernel_w; s++) {
                const int j = left + s * step_w;
                if (j < 0 || j >= in_w) continue;
                const ${compute} value = load_e(in, base + i * in_w + j);
                if (best < 0 || value > most${" || (value != value && most == most)" if floating else ""}) {
                    most = value;
                    best = i * in_w + j;
                }
            }
        }
        store_e(out, unit, most);
% if indices:
        picked[unit] = best;
% endif
% else:
        const int bottom = min(top + kernel_h, in_h + pad_h), right = min(left + kernel_w, in_w + pad_w);
        ${compute} sum = 0;
        for (int i = max(top, 0); i < min(bottom, in_h); i++)
            for (int j = max(left, 0); j < min(right, in_w); j++)
                sum += load_e(in, base + i * in_w + j);
        const int covered = (min(bottom, in_h) - max(top, 0)) * (min(right, in_w) - max(left, 0));
        const int count = divisor ? divisor : count_pad ? (bottom - top) * (right - left) : covered;
        store_e(out, unit, sum / count);
% endif
% else:
        const int j = unit % in_w, i = unit / in_w % in_h;
        const ${index} base = unit / in_w / in_h * out_h * out_w;
        const int reach_h = (kernel_h - 1) * step_h, reach_w = (kernel_w - 1) * step_w;
        const int y0 = max((i + pad_h - reach_h + stride_h - 1) / stride_h, 0), y1 = min((i + pad_h) / stride_h, out_h - 1);
        const int x0 = max((j + pad_w - reach_w + stride_w - 1) / stride_w, 0), x1 = min((j + pad_w) / stride_w, out_w - 1);
        ${compute} sum = 0;
        for (int y = y0; y <= y1; y++)
            for (int x = x0; x <= x1; x++) {
                const ${index} at = base + y * out_w + x;
% if part == "max_gradient":
                if (picked[at] == i * in_w + j) sum += load_e(grad, at);
% else:
                const int top = y * stride_h - pad_h, left = x * stride_w - pad_w;
                const int bottom = min(top + kernel_h, in_h + pad_h), right = min(left + kernel_w, in_w + pad_w);
                const int covered = (min(bottom, in_h) - max(top, 0)) * (min(right, in_w) - max(left, 0));
                sum += load_e(grad, at) / (divisor ? divisor : count_pad ? (bottom - top) * (right - left) : covered);
% endif
            }
        store_e(out, unit, sum);
% endif
    }
}
