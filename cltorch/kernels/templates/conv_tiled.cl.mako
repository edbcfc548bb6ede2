## Convolution and both its gradients as a product of matrices that are never written down: GPU form.
##
## Called by conv_tiled.py. A work-group sums a tile of ${tile.side_m} rows by ${tile.side_n} columns from ${tile.depth} steps of k at a
## time; meanwhile the next ones are on their way into registers. Grid dimension 2 counts groups (times parts of k for the weight
## gradient). `channels` are those that are summed, of one group.
##
## mode      row m              column p        k                   left[m, k]       right[k, p]
## forward   output channel     (n, oh, ow)     (c, r, s)           weight[m, k]     x[n, c, oh * stride - pad + r * dilation, ..]
## data      input channel      (n, h, w)       (o, r, s)           weight[o, m, rs] grad_out[n, o, (h + pad - r * dilation) / stride, ..]
## weight    output channel     (c, r, s)       (n, oh, ow)         grad_out[n, m, ] x[n, c, oh * stride - pad + r * dilation, ..]
##
## `packed`: weights come as (group, r, s, channel, m), and k runs over the channels of one tap after the other, so that where
## a work-item reads changes once a tap. `ragged`: channels are no multiple of the depth. Rows and columns behind an edge repeat the
## last one and are not written; steps behind the last, and what lies outside of the image, are 0. Tunables: tile.
<%namespace name="product" file="tile_product.mako"/>
<%
    taps = kernel[0] * kernel[1]
    depth, group = tile.depth, tile.group
    high, wide = ("height", "width") if mode != "data" else ("out_height", "out_width")
    plane = "image" if mode != "data" else "out_image"
    lefts, rights = tile.fetches(tile.side_m, left_width), tile.fetches(tile.side_n, 1)
    kind = "number4" if left_width == 4 else "number"
    by_step = mode == "weight"  # neighbouring work-items fetch neighbouring steps, else neighbouring columns
%>
## Statements: where tap (`r`, `s`) of the column that this work-item fetches lies in the image, and whether it does.
<%def name="aim(r, s, inside, at)">
% if mode == "data":
            const int up = top - (${r}) * dilation_h, left_of = side - (${s}) * dilation_w;
            const int y_in = up / stride_h, x_in = left_of / stride_w;
            ${inside} = up >= 0 && left_of >= 0 && y_in * stride_h == up && x_in * stride_w == left_of && y_in < ${high} && x_in < ${wide};
% else:
            const int y_in = top + (${r}) * dilation_h, x_in = side + (${s}) * dilation_w;
            ${inside} = y_in >= 0 && y_in < ${high} && x_in >= 0 && x_in < ${wide};
% endif
            ${at} = (index)y_in * ${wide} + x_in;
</%def>
## Statements: the next steps of k into registers.
<%def name="fetch()">
% if packed:
% for i in range(lefts):
            left_next${i} = ${f"at_channel + left_step{i} >= channels ? ({kind})({number.zero}) : " if ragged else ""}${f"*(const __global number4*)(left + left_at{i})" if left_width == 4 else number.load("left", f"left_at{i}")};
% endfor
% for i in range(rights):
            right_next${i} = inside${f" && at_channel + right_step + {i * group // tile.side_n} < channels" if ragged else ""} ? ${number.load("right", f"right_at + (at_channel + right_step + {i * group // tile.side_n}) * {plane}")} : (number)${number.zero};
% endfor
% else:
            {
            const index at = k0 + left_step;
            const int here = at < k_end;
% if mode == "data":
            const index from = ((group * channels + at / ${taps}) * m) * ${taps} + at % ${taps};
% elif mode == "weight":
            const index from = (at / out_image * groups + group) * m * out_image + at % out_image;
% endif
% for i in range(lefts):
            {
            const index line = min(row + left_line + ${i * group // depth}, m - 1);
            left_next${i} = here ? ${number.load("left", {"forward": "(group * m + line) * k + at", "data": f"from + line * {taps}", "weight": "from + line * out_image"}[mode])} : (number)${number.zero};
            }
% endfor
            }
% if mode == "weight":
            {
            const index at = k0 + left_step, my_channel = (at / out_image * groups + group) * channels * image;
            const int here = at < k_end, top = at % out_image / out_width * stride_h - pad_h, side = at % out_image % out_width * stride_w - pad_w;
% for i in range(rights):
            {
            const int j = min(column + left_line + ${i * group // depth}, n - 1);
            int inside;
            index right_at;
${aim(f"j % {taps} / {kernel[1]}", f"j % {taps} % {kernel[1]}", "inside", "right_at")}
            right_next${i} = inside && here ? ${number.load("right", f"my_channel + j / {taps} * image + right_at")} : (number)${number.zero};
            }
% endfor
            }
% else:
% for i in range(rights):
            {
            const index at = k0 + right_step + ${i * group // tile.side_n};
            const int t = at % ${taps};
            int inside;
            index right_at;
${aim(f"t / {kernel[1]}", f"t % {kernel[1]}", "inside", "right_at")}
            right_next${i} = inside && at < k_end ? ${number.load("right", f"my_channel + at / {taps} * {plane} + right_at")} : (number)${number.zero};
            }
% endfor
% endif
% endif
</%def>
<%def name="put()">
        {
        const int to = ${f"now * {tile.room(tile.side_m)}" if tile.buffers > 1 else "0"};
% for i in range(lefts):
${product.put("left_tile", tile.side_m, "line" if packed else "step", left_width, f"left_next{i}", f"left_step{i}" if packed else "left_step", f"left_line{i}" if packed else f"left_line + {i * group // depth}")}
% endfor
        }
        {
        const int to = ${f"now * {tile.room(tile.side_n)}" if tile.buffers > 1 else "0"};
% for i in range(rights):
% if by_step:
${product.put("right_tile", tile.side_n, "step", 1, f"right_next{i}", "left_step", f"left_line + {i * group // depth}")}
% else:
${product.put("right_tile", tile.side_n, "line", 1, f"right_next{i}", f"right_step + {i * group // tile.side_n}", "right_line")}
% endif
% endfor
        }
</%def>
__kernel __attribute__((reqd_work_group_size(${group}, 1, 1)))
void ${name}(const __global ${number.storage}* restrict left, const __global ${number.storage}* restrict right,
% if bias:
             const __global ${number.storage}* restrict bias,
% endif
             __global ${number.compute if parts else number.storage}* restrict out, const int groups, const int channels,
             const int height, const int width, const int out_height, const int out_width,
             const int stride_h, const int stride_w, const int pad_h, const int pad_w,
             const int dilation_h, const int dilation_w, const ${index} m, const ${index} n, const ${index} k,
             const ${index} part_size) {
    typedef ${index} index;
${product.begin()}
    const index column = get_group_id(0) * (index)${tile.side_n}, row = get_group_id(1) * (index)${tile.side_m};
    const index image = (index)height * width, out_image = (index)out_height * out_width;
    const int group = get_group_id(2) % groups;
% if mode == "weight":
    const index part = get_group_id(2) / groups, k_end = min((part + 1) * part_size, k);
    index k0 = part * part_size;
% else:
    const index k_end = k;
    index k0 = 0;
    // the column that this work-item fetches
    const int right_line = lane % ${tile.side_n}, right_step = lane / ${tile.side_n};
    const index p = min(column + right_line, n - 1), my_pixels = ${"image" if mode == "data" else "out_image"};
    const int my_y = p % my_pixels / ${"width" if mode == "data" else "out_width"}, my_x = p % my_pixels % ${"width" if mode == "data" else "out_width"};
    const index my_channel = (p / my_pixels * groups + group) * channels * ${plane};
% if mode == "forward":
    const int top = my_y * stride_h - pad_h, side = my_x * stride_w - pad_w;
% else:
    const int top = my_y + pad_h, side = my_x + pad_w;
% endif
% endif
% for i in range(lefts):
    ${kind} left_next${i};
% if packed:
    const int left_line${i} = (lane + ${i * group}) % ${tile.side_m // left_width} * ${left_width}, left_step${i} = (lane + ${i * group}) / ${tile.side_m // left_width};
    const index left_at${i} = left_step${i} * m + min(row + left_line${i}, m - ${left_width});
% endif
% endfor
% for i in range(rights):
    number right_next${i};
% endfor
% if packed:
    int tap = 0, at_channel = 0, inside;
    index right_at;
    left += group * k * m;
    {
${aim("0", "0", "inside", "right_at")}
    }
    right += my_channel;
% else:
    const int left_step = lane % ${depth}, left_line = lane / ${depth};
% endif
    {
${fetch()}
    }
${put()}
    barrier(CLK_LOCAL_MEM_FENCE);
    while (k0 < k_end) {
% if packed:
        left += min(${depth}, channels - at_channel) * m;
        k0 += min(${depth}, channels - at_channel);
        at_channel += ${depth};
        if (at_channel >= channels) {
            at_channel = 0;
            tap++;
${aim(f"tap / {kernel[1]}", f"tap % {kernel[1]}", "inside", "right_at")}
        }
% else:
        k0 += ${depth};
% endif
        if (k0 < k_end) {
${fetch()}
        }
${product.multiply()}
% if tile.buffers > 1:
        now = 1 - now;
% else:
        barrier(CLK_LOCAL_MEM_FENCE);
% endif
        if (k0 < k_end) {
${put()}
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
<% v, w = tile.across(tile.rows), tile.across(tile.columns) %>
% for c in range(tile.columns // w):
    {
        const index j = column + ${c * tile.wide * w} + x * ${w};
% for s in range(0, w, out_width):
        if (j + ${s} < n) {
% if mode == "weight":
        const index row_stride = n, to = ${"(part * groups + group)" if parts else "group"} * m * n + j + ${s};
% else:
        const index row_stride = ${"image" if mode == "data" else "out_image"};
        const index to = ((j + ${s}) / row_stride * groups + group) * m * row_stride + (j + ${s}) % row_stride;
% endif
% for r in range(tile.rows):
        {
            const index i = row + ${r // v * tile.high * v + r % v} + y * ${v};
            if (i < m) {
% if out_width == 4:
                *(__global number4*)(out + (to + i * row_stride)) = sums[${r}][${c}]${f" + {number.load('bias', 'group * m + i')}" if bias else ""};
% else:
                const number sum = sums[${r}][${c}]${f".s{s}" if w > 1 else ""}${f" + {number.load('bias', 'group * m + i')}" if bias else ""};
                ${"out[to + i * row_stride] = sum;" if parts else number.store("out", "to + i * row_stride", "sum")}
% endif
            }
        }
% endfor
        }
% endfor
    }
% endfor
}
