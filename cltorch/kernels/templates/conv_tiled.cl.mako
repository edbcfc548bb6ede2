## Convolution and both its gradients as a product of matrices that are never written down: GPU form.
##
## Called by conv_tiled.py. A work-group of ${threads} x ${threads} sums a tile of ${threads * block_m} rows by
## ${threads * block_n} columns; grid dimension 2 counts groups (times parts of k for the weight gradient).
##
## mode      row m              column p        k                   left[m, k]       right[k, p]
## forward   output channel     (n, oh, ow)     (c, r, s)           weight[m, k]     x[n, c, oh * stride - pad + r * dilation, ..]
## data      input channel      (n, h, w)       (o, r, s)           weight[o, m, rs] grad_out[n, o, (h + pad - r * dilation) / stride, ..]
## weight    output channel     (c, r, s)       (n, oh, ow)         grad_out[n, m, ] x[n, c, oh * stride - pad + r * dilation, ..]
##
## Both are staged ${depth} steps of k at a time in local memory, zero behind an edge and outside the image. A work-item
## fetches elements of one column (of one k for the weight gradient, where neighbours in k are neighbours in memory) and so
## decodes its place once. Tunables: threads, block_m, block_n, depth.
<%
    taps = kernel[0] * kernel[1]
    group_size = threads * threads
    side_m, side_n = threads * block_m, threads * block_n
%>
<%def name="window(pixels, channel, y, x)">
                    if (${y} >= 0 && ${y} < ${"height" if mode != "data" else "out_height"} && ${x} >= 0 && ${x} < ${"width" if mode != "data" else "out_width"})
                        value = ${number.load(pixels, f"{channel} + {y} * " + ("width" if mode != "data" else "out_width") + f" + {x}")};
</%def>
__kernel __attribute__((reqd_work_group_size(${threads}, ${threads}, 1)))
void ${name}(const __global ${number.storage}* restrict left, const __global ${number.storage}* restrict right,
% if bias:
             const __global ${number.storage}* restrict bias,
% endif
             __global ${number.compute if parts else number.storage}* restrict out,
             const int batch, const int groups, const int in_channels, const int out_channels,
             const int height, const int width, const int out_height, const int out_width,
             const int stride_h, const int stride_w, const int pad_h, const int pad_w,
             const int dilation_h, const int dilation_w, const ${index} m, const ${index} n, const ${index} k,
             const ${index} part_size) {
    typedef ${index} index;
    typedef ${number.compute} number;
    __local number left_tile[${depth * (side_m + 1)}];
    __local number right_tile[${depth * (side_n + 1)}];
    const int x = get_local_id(0), y = get_local_id(1), lane = y * ${threads} + x;
    const index column = get_group_id(0) * (index)${side_n}, row = get_group_id(1) * (index)${side_m};
    const index image = (index)height * width, out_image = (index)out_height * out_width;
% if mode == "weight":
    const int group = get_global_id(2) % groups;
    const index part = get_global_id(2) / groups, k_first = part * part_size, k_end = min(k_first + part_size, k);
% else:
    const int group = get_global_id(2);
    const index k_first = 0, k_end = k;
% endif
    number sums[${block_m}][${block_n}];
    for (int r = 0; r < ${block_m}; r++)
        for (int c = 0; c < ${block_n}; c++)
            sums[r][c] = ${number.zero};
% if mode != "weight":
    // the column that this work-item fetches
    const int my_line = lane % ${side_n};
    const index p = column + my_line;
    const index my_image = ${"image" if mode == "data" else "out_image"};
    const int my_n = p / my_image, my_width = ${"width" if mode == "data" else "out_width"};
    const int my_y = p % my_image / my_width, my_x = p % my_image % my_width;
% if mode == "forward":
    const int top = my_y * stride_h - pad_h, side = my_x * stride_w - pad_w;
    const index my_channel = ((index)my_n * in_channels * groups + group * in_channels) * image;
% else:
    const int top = my_y + pad_h, side = my_x + pad_w;
    const index my_channel = ((index)my_n * out_channels * groups + group * out_channels) * out_image;
% endif
% endif
    for (index k0 = k_first; k0 < k_end; k0 += ${depth}) {
        {
            const int step = lane % ${depth};
            const index at = k0 + step;
% if mode == "data":
            const index from = ((group * out_channels + at / ${taps}) * in_channels) * ${taps} + at % ${taps};
% elif mode == "weight":
            const index from = (at / out_image * groups * out_channels + group * out_channels) * out_image + at % out_image;
% endif
            for (int line = lane / ${depth}; line < ${side_m}; line += ${group_size // depth}) {
                number value = ${number.zero};
                if (row + line < m && at < k_end)
% if mode == "forward":
                    value = ${number.load("left", "(group * m + row + line) * k + at")};
% elif mode == "data":
                    value = ${number.load("left", f"from + (row + line) * {taps}")};
% else:
                    value = ${number.load("left", "from + (row + line) * out_image")};
% endif
                left_tile[step * ${side_m + 1} + line] = value;
            }
        }
% if mode == "weight":
        {
            const int step = lane % ${depth};
            const index at = k0 + step;
            const index my_channel = (at / out_image * groups * in_channels + group * in_channels) * image;
            const int my_y = at % out_image / out_width * stride_h - pad_h;
            const int my_x = at % out_image % out_width * stride_w - pad_w;
            for (int line = lane / ${depth}; line < ${side_n}; line += ${group_size // depth}) {
                number value = ${number.zero};
                const index j = column + line;
                if (j < n && at < k_end) {
                    const int y_in = my_y + (int)(j % ${taps}) / ${kernel[1]} * dilation_h;
                    const int x_in = my_x + (int)(j % ${taps}) % ${kernel[1]} * dilation_w;
${window("right", f"my_channel + j / {taps} * image", "y_in", "x_in")}
                }
                right_tile[step * ${side_n + 1} + line] = value;
            }
        }
% else:
        for (int step = lane / ${side_n}; step < ${depth}; step += ${group_size // side_n}) {
            number value = ${number.zero};
            const index at = k0 + step;
            if (p < n && at < k_end) {
                const int t = at % ${taps}, r = t / ${kernel[1]}, s = t % ${kernel[1]};
% if mode == "forward":
                const int y_in = top + r * dilation_h, x_in = side + s * dilation_w;
${window("right", f"my_channel + at / {taps} * image", "y_in", "x_in")}
% else:
                const int y_up = top - r * dilation_h, x_up = side - s * dilation_w;
                const int y_in = y_up / stride_h, x_in = x_up / stride_w;
                if (y_up >= 0 && x_up >= 0 && y_up % stride_h == 0 && x_up % stride_w == 0) {
${window("right", f"my_channel + at / {taps} * out_image", "y_in", "x_in")}
                }
% endif
            }
            right_tile[step * ${side_n + 1} + my_line] = value;
        }
% endif
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int step = 0; step < ${depth}; step++) {
            number a[${block_m}], b[${block_n}];
            for (int r = 0; r < ${block_m}; r++)
                a[r] = left_tile[step * ${side_m + 1} + r * ${threads} + y];
            for (int c = 0; c < ${block_n}; c++)
                b[c] = right_tile[step * ${side_n + 1} + c * ${threads} + x];
            for (int r = 0; r < ${block_m}; r++)
                for (int c = 0; c < ${block_n}; c++)
                    sums[r][c] += a[r] * b[c];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    for (int c = 0; c < ${block_n}; c++) {
        const index j = column + c * ${threads} + x;
% if mode == "weight":
        const index to = ${"(part * groups + group)" if parts else "group"} * m * n + j;
        const index row_stride = n;
% else:
        const index pixels = ${"image" if mode == "data" else "out_image"};
        const index to = (j / pixels * groups + group) * m * pixels + j % pixels;
        const index row_stride = pixels;
% endif
        for (int r = 0; r < ${block_m}; r++) {
            const index i = row + r * ${threads} + y;
            if (i < m && j < n) {
                number sum = sums[r][c];
% if bias:
                sum += ${number.load("bias", "group * m + i")};
% endif
                ${"out[to + i * row_stride] = sum;" if parts else number.store("out", "to + i * row_stride", "sum")}
            }
        }
    }
}
