## Convolution and its gradient by the images where a group has few rows, of which a tile would be almost empty: GPU form.
##
## Called by conv_tiled.py. A work-item sums one element of the result; neighbours are neighbours in a plane. `m` rows and `channels`
## that are summed are those of one group.
<% high, wide = ("height", "width") if mode == "forward" else ("out_height", "out_width") %>
__kernel void ${name}(const __global ${number.storage}* restrict weight, const __global ${number.storage}* restrict images,
% if bias:
                      const __global ${number.storage}* restrict bias,
% endif
                      __global ${number.storage}* restrict out, const int groups, const int channels,
                      const int height, const int width, const int out_height, const int out_width,
                      const int stride_h, const int stride_w, const int pad_h, const int pad_w,
                      const int dilation_h, const int dilation_w, const int m, const int blocks) {
    typedef ${index} index;
    const index plane = get_group_id(0) / blocks, pixel = get_group_id(0) % blocks * get_local_size(0) + get_local_id(0);
    const index mine = ${"(index)out_height * out_width" if mode == "forward" else "(index)height * width"}, theirs = (index)${high} * ${wide};
    const int row = plane % m, group = plane / m % groups;
    if (pixel >= mine)
        return;
    const int y = pixel / ${"out_width" if mode == "forward" else "width"}, x = pixel % ${"out_width" if mode == "forward" else "width"};
    const __global ${number.storage}* from = images + (plane / m / groups * groups + group) * channels * theirs;
    ${number.compute} sum = ${number.load("bias", "group * m + row") if bias else number.zero};
    for (int c = 0; c < channels; c++) {
        const __global ${number.storage}* taps = weight + (index)${"((group * m + row) * channels + c)" if mode == "forward" else "((group * channels + c) * m + row)"} * ${kernel[0] * kernel[1]};
        for (int r = 0; r < ${kernel[0]}; r++) {
% if mode == "forward":
            const int y_in = y * stride_h - pad_h + r * dilation_h;
            const int here = y_in >= 0 && y_in < ${high};
% else:
            const int up = y + pad_h - r * dilation_h, y_in = up / stride_h;
            const int here = up >= 0 && y_in * stride_h == up && y_in < ${high};
% endif
            for (int s = 0; s < ${kernel[1]}; s++) {
% if mode == "forward":
                const int x_in = x * stride_w - pad_w + s * dilation_w;
                if (here && x_in >= 0 && x_in < ${wide})
% else:
                const int left_of = x + pad_w - s * dilation_w, x_in = left_of / stride_w;
                if (here && left_of >= 0 && x_in * stride_w == left_of && x_in < ${wide})
% endif
                    sum += ${number.load("taps", f"r * {kernel[1]} + s")} * ${number.load("from", f"y_in * (index){wide} + x_in")};
            }
        }
        from += theirs;
    }
    ${number.store("out", "plane * mine + pixel", "sum")}
}
