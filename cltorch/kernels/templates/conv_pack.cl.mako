## The first launch of a CPU convolution: copies operands to the layouts that its second launch streams through.
##
## Called by conv_direct.py. Units of work, shared out in chunks: first the planes of In(0), then those of the second
## operand, which is either pixels again (weight gradient) or weights.
## pixels   packed[block][channel][row phase][column phase][row][column][image]: `lanes` images a block, zeros around the
##          image and behind the batch. Pixel (h, w) goes to row (h + pad) / stride of phase (h + pad) % stride, so that a
##          tap of a strided convolution reads neighbours too.
## weights  packed[group][tile][source channel][tap][${out_tile}]: the numbers of one tile of destination channels side by side
<%def name="pixels(prefix, stride)">
<%
    p = prefix
    stride_h, stride_w = stride
%>\
            const int block = at / ${p}channels, source_channel = at % ${p}channels;
            const int images = min(${lanes}, batch - block * ${lanes});
            const index image = (index)${p}channels * ${p}height * ${p}width;
            const __global ${number.storage}* from = ${p}pixels + block * ${lanes} * image + source_channel * ${p}height * ${p}width;
            __global number* to = ${p}packed + at * (index)${p}plane * ${lanes};
            for (int i = 0; i < ${p}plane; i++)
                *(__global vector_at*)(to + (index)i * ${lanes}) = (vector_at)(${number.zero});
% if lanes > 1:
            int h = 0, w = 0;
            for (int first = 0; first < ${p}height * ${p}width; first += ${lanes}) {
                vector_at stage[${lanes}];
                const int pixels = min(${lanes}, ${p}height * ${p}width - first);
                if (pixels == ${lanes} && images == ${lanes}) {
% for i in range(lanes):
                    vector t${i} = ${number.load_vector(f"from + {i} * image + first", lanes)};
% endfor
% for statement in transposed:
                    ${statement}
% endfor
% for i in range(lanes):
                    stage[${i}] = t${i};
% endfor
                } else
                    for (int i = 0; i < pixels; i++)
                        for (int l = 0; l < ${lanes}; l++)
                            ((number*)stage)[i * ${lanes} + l] =
                                l < images ? ${number.load("from", "l * image + first + i")} : ${number.zero};
                for (int i = 0; i < pixels; i++) {
                    const int y = h + ${p}pad_h, x = w + ${p}pad_w;
                    if (y >= 0 && y < ${p}rows * ${stride_h} && x >= 0 && x < ${p}columns * ${stride_w}) {
                        int place = y * ${p}columns + x;
                        if (${stride_h} * ${stride_w} > 1)
                            place = ((y % ${stride_h} * ${stride_w} + x % ${stride_w}) * ${p}rows + y / ${stride_h})
                                * ${p}columns + x / ${stride_w};
                        *(__global vector_at*)(to + (index)place * ${lanes}) = stage[i];
                    }
                    if (++w == ${p}width) {
                        w = 0;
                        h++;
                    }
                }
            }
% else:
            for (int h = 0; h < ${p}height; h++) {
                const int y = h + ${p}pad_h;
                if (y < 0 || y >= ${p}rows * ${stride_h})
                    continue;
                const int first = max(0, -${p}pad_w), end = min(${p}width, ${p}columns * ${stride_w} - ${p}pad_w);
                const int row = (y % ${stride_h} * ${stride_w} * ${p}rows + y / ${stride_h}) * ${p}columns;
                const __global ${number.storage}* line = from + h * ${p}width;
                if (${stride_w} == 1)
                    for (int w = first; w < end; w++)
                        to[row + w + ${p}pad_w] = ${number.load("line", "w")};
                else
                    for (int w = first; w < end; w++) {
                        const int x = w + ${p}pad_w;
                        to[row + x % ${stride_w} * ${p}rows * ${p}columns + x / ${stride_w}] = ${number.load("line", "w")};
                    }
            }
% endif
</%def>
<%def name="pixel_args(prefix)">
<% p = prefix %>\
                      const int ${p}channels, const int ${p}height, const int ${p}width, const int ${p}pad_h, const int ${p}pad_w,
                      const int ${p}rows, const int ${p}columns, const int ${p}plane,
</%def>
__kernel void ${name}(const __global ${number.storage}* restrict a_pixels, __global ${number.compute}* restrict a_packed,
% if weights:
                      const __global ${number.storage}* restrict weights, __global ${number.compute}* restrict packed,
                      const int tiles, const int channels, const int sources, const int taps, const int turned,
                      const int channel_stride, const int source_stride, const int group_stride,
% else:
                      const __global ${number.storage}* restrict b_pixels, __global ${number.compute}* restrict b_packed,
${pixel_args("b_")}\
% endif
${pixel_args("a_")}\
                      const int batch, const int a_units, const int units, const int chunk) {
    typedef ${index} index;
    typedef ${number.compute} number;
% if lanes > 1:
    typedef ${number.compute}${lanes} vector;
    typedef ${number.compute}${lanes} vector_at __attribute__((aligned(${number.itemsize})));
% else:
    typedef ${number.compute} vector_at;
% endif
% if weights and out_tile in (4, 8):
    typedef ${number.compute}${out_tile} tile;
    typedef ${number.compute}${out_tile} tile_at __attribute__((aligned(${number.itemsize})));
% endif
    const int first_unit = get_global_id(0) * chunk;
    const int end_unit = min(first_unit + chunk, units);
    for (int unit = first_unit; unit < end_unit; unit++) {
% if not weights and a_stride == b_stride:
        const bool is_a = unit < a_units;
        const int at = is_a ? unit : unit - a_units;
        const __global ${number.storage}* one_pixels = is_a ? a_pixels : b_pixels;
        __global number* one_packed = is_a ? a_packed : b_packed;
% for which in ("channels", "height", "width", "pad_h", "pad_w", "rows", "columns", "plane"):
        const int one_${which} = is_a ? a_${which} : b_${which};
% endfor
        {
${pixels("one_", a_stride)}
        }
% else:
        if (unit < a_units) {
            const int at = unit;
${pixels("a_", a_stride)}
        } else {
            const int at = unit - a_units;
% if weights:
            // A unit is a tile where a channel's numbers lie in the order of the sum, as one long run; else there is a run a
            // source channel, and a unit has some of these for all tiles, so that memory is read in its order.
            const int group = at / tiles, share = at % tiles;
            const bool whole = !turned && source_stride == taps;
            const int steps = whole ? sources * taps : taps;
            const int first_run = whole ? 0 : (long)sources * share / tiles;
            const int end_run = whole ? 1 : (long)sources * (share + 1) / tiles;
            const int first_tile = whole ? share : 0, end_tile = whole ? share + 1 : tiles;
            for (int e = first_run; e < end_run; e++)
            for (int tile_number = first_tile; tile_number < end_tile; tile_number++) {
                const int first = tile_number * ${out_tile};
                const __global ${number.storage}* run = weights + group * (index)group_stride
                    + (index)first * channel_stride + (index)e * source_stride;
                __global number* row = packed + ((index)(group * tiles + tile_number) * sources * taps + (index)e * steps) * ${out_tile};
                int t = 0;
% if out_tile in (4, 8):
                if (first + ${out_tile} <= channels) {
                    if (steps == 1 && channel_stride == 1) {
                        *(__global tile_at*)row = ${number.load_vector("run", out_tile).replace("vector_at", "tile_at")};
                        continue;
                    }
                    for (; t + ${out_tile} <= steps; t += ${out_tile}) {
% for i in range(out_tile):
                        tile t${i} = ${number.load_vector(f"run + {i} * (index)channel_stride + t", out_tile).replace("vector_at", "tile_at")};
% endfor
% for statement in turned_tile:
                        ${statement}
% endfor
% for i in range(out_tile):
                        *(__global tile_at*)(row + (index)(turned ? steps - 1 - t - ${i} : t + ${i}) * ${out_tile}) = t${i};
% endfor
                    }
                }
% endif
                for (; t < steps; t++)
                    for (int d = 0; d < ${out_tile}; d++)
                        row[(index)(turned ? steps - 1 - t : t) * ${out_tile} + d] =
                            first + d < channels ? ${number.load("run", "d * (index)channel_stride + t")} : ${number.zero};
            }
% else:
${pixels("b_", b_stride)}
% endif
        }
% endif
    }
}
