## out[n, d, p] = sum over e, t of source[n, e, p moved by tap t] * weight[d, e, t] (+ bias[d]): CPU form of a convolution
## and of its data gradient, over what conv_pack made.
##
## Called by conv_direct.py. A unit is one of `blocks` shares of the lines of a block of images times a tile of ${out_tile} destination
## channels. With lanes > 1 vectors run over images and a line is a row of pixels; with lanes = 1 they run over pixels and a
## line is a stretch of the flattened plane.
## `phased`: the data gradient of a strided convolution, where pixels of equal (h + pad) % stride use the same taps. With
## lanes = 1 a unit has one phase; else all phases of a stretch of pixels are summed before it is written as a whole.
## `taps` lists, a phase, (plane, row, column, number) of each tap; empty where they would be too long a
## text: then the kernel makes that list itself.
## Sums are made of blocks of ${block_channels} source channels, so that their error does not grow with the number of channels.
## `guarded`: taps whose row lies in the padding are left out, a sixth of all where images have 4 rows.
## `looped`: rows of many taps are a loop over one row's, a fifth of the text of 5 x 5 and a third of its build, at the same speed.
## One text with and without `bias`, so that the two passes share it: a build takes up to a second.
## Tunables: out_tile x vectors (register tile).
<%
    from itertools import groupby
    simd = number_width
    guarded = taps and lanes > 1 and not phased and kernel[0] > 1
    looped = taps and not phased and kernel[0] > 1 and kernel[0] * kernel[1] > 9
    sums = [[f"c{o}_{v}" for v in range(vectors)] for o in range(out_tile)]
%>
<%def name="tap(address, weight)">
                            {
                                const __global number* pixel = ${address};
                                const __global number* weight = ${weight};
                                const vector ${", ".join(f"p{v} = *(const __global vector_at*)(pixel + {v * simd})" for v in range(vectors))};
% for o in range(out_tile):
                                {
                                    const number w = weight[${o}];
% for v in range(vectors):
                                    sc${o}_${v} += w * p${v};
% endfor
                                }
% endfor
                            }
</%def>
<%def name="sum_tile()">
                    // the tile of vectors that starts at `place`
% for o in range(out_tile):
                    vector ${", ".join(f"{c} = start{o}" for c in sums[o])};
% endfor
% if guarded and not looped:
% for r in range(kernel[0]):
                    const bool inside${r} = (uint)(y * stride_h + ${r} * dilation_h - before_h) < (uint)source_height;
% endfor
% endif
% for phase_number, phase_taps in enumerate(taps or [()]):
% if phased and taps:
                    if (phase == ${phase_number})
% endif
                    for (int block_e = 0; block_e < sources; block_e += ${block_channels}) {
                        const __global number* channel_source = source + (index)place * ${lanes} + block_e * (index)plane * ${lanes};
                        const __global number* channel_weights = weights + block_e * (index)${kernel[0] * kernel[1] * out_tile};
                        const int end_e = min(block_e + ${block_channels}, sources);
% for o in range(out_tile):
                        vector ${", ".join(f"s{c} = (vector)({number.zero})" for c in sums[o])};
% endfor
                        for (int e = block_e; e < end_e; e++) {
% if looped:
                            for (int r = 0; r < ${kernel[0]}; r++) {
                                const int down = r * ${dilation[0]};
% if guarded:
                                if ((uint)(y * stride_h + down - before_h) >= (uint)source_height)
                                    continue;
% endif
                                const __global number* row = channel_source
                                    + (down % ${steps[0]} * ${steps[1]} * rows + down / ${steps[0]}) * columns * ${lanes};
                                const __global number* row_weights = channel_weights + r * ${kernel[1] * out_tile};
% for from_plane, _, from_column, t in phase_taps[:kernel[1]]:
${tap(f"row + ({from_plane} * rows * columns + {from_column}) * {lanes}", f"row_weights + {t * out_tile}")}
% endfor
                            }
% elif taps:
% for r, row_taps in groupby(phase_taps, key=lambda tap: tap[3] // kernel[1]):
% if guarded:
                            if (inside${r})
% endif
                            {
% for from_plane, from_row, from_column, t in row_taps:
${tap(f"channel_source + ({from_plane} * rows * columns + {from_row} * columns + {from_column}) * {lanes}", f"channel_weights + {t * out_tile}")}
% endfor
                            }
% endfor
% else:
                            for (int t = 0; t < taps; t++)
${tap(f"channel_source + offsets[t] * {lanes}", f"channel_weights + numbers[t] * {out_tile}")}
% endif
                            channel_source += (index)plane * ${lanes};
                            channel_weights += ${kernel[0] * kernel[1] * out_tile};
                        }
% for c in sum(sums, []):
                        ${c} += s${c};
% endfor
                    }
% endfor
</%def>
<%def name="list_taps()">\
        taps = 0;
        for (int t = 0; t < ${kernel[0] * kernel[1]}; t++) {
% if phased:
            const int y = phase_h - t / ${kernel[1]} * dilation_h, x = phase_w - t % ${kernel[1]} * dilation_w;
            if (y % stride_h != 0 || x % stride_w != 0)
                continue;
            offsets[taps] = y / stride_h * columns + x / stride_w;
% else:
            const int y = t / ${kernel[1]} * dilation_h, x = t % ${kernel[1]} * dilation_w;
            offsets[taps] = (y % stride_h * stride_w + x % stride_w) * rows * columns + y / stride_h * columns + x / stride_w;
% endif
            numbers[taps++] = t;
        }
</%def>
__kernel void ${name}(const __global ${number.compute}* restrict packed, const __global ${number.compute}* restrict packed_weights,
                      const __global ${number.storage}* restrict bias,
                      __global ${number.storage}* restrict out, const int is_biased, const int batch, const int groups, const int channels,
                      const int sources, const int tiles, const int plane, const int rows, const int columns,
                      const int out_height, const int out_width, const int stride_h, const int stride_w,
                      const int dilation_h, const int dilation_w, const int pad_h, const int pad_w,
                      const int before_h, const int before_w, const int source_height, const int segment, const int blocks,
                      const int units, const int chunk) {
    typedef ${index} index;
    typedef ${number.compute} number;
    typedef ${number.compute}${simd} vector;
    typedef ${number.compute}${simd} vector_at __attribute__((aligned(${number.itemsize})));
    const int first_unit = get_global_id(0) * chunk;
    const int end_unit = min(first_unit + chunk, units);
    const index out_plane = (index)out_height * out_width;
% if not taps:
    int offsets[${kernel[0] * kernel[1]}], numbers[${kernel[0] * kernel[1]}];
% endif
    for (int unit = first_unit; unit < end_unit; unit++) {
        const int tile = unit % (groups * tiles), group = tile / tiles, first_channel = tile % tiles * ${out_tile};
        const int rest = unit / (groups * tiles);
% if phased and lanes == 1:
        // pixel (y, x) of this phase is pixel (y * stride - pad + phase) of the result
        const int phase = rest / blocks % (stride_h * stride_w), block = rest / blocks / (stride_h * stride_w);
        const int phase_h = phase / stride_w, phase_w = phase % stride_w;
        const int low_h = (max(pad_h - phase_h, 0) + stride_h - 1) / stride_h;
        const int low_w = (max(pad_w - phase_w, 0) + stride_w - 1) / stride_w;
        const int high_h = out_height - 1 + pad_h - phase_h, high_w = out_width - 1 + pad_w - phase_w;
        const int height = high_h < 0 ? 0 : max(high_h / stride_h - low_h + 1, 0);
        const int width = high_w < 0 ? 0 : max(high_w / stride_w - low_w + 1, 0);
        const int before = (low_h + before_h) * columns + low_w + before_w;
% else:
        const int block = rest / blocks, height = out_height, width = out_width, before = ${"before_h * columns + before_w" if phased else 0};
% endif
% if not taps and not (phased and lanes > 1):
        int taps;
${list_taps()}\
% endif
% if lanes > 1 and phased:
        // a line is some short rows of the result, or one row
        const int line_rows = max(1, ${2 * simd} / max(1, width)), lines = (height + line_rows - 1) / line_rows;
% elif lanes > 1:
        // pixels are counted through the rows where a tile never crosses from one row to the next, else row by row
        const int run = width % ${vectors} == 0 ? ${2 * simd} : width;
        const int lines = run > 0 ? (height * width + run - 1) / run : 0;
% else:
        const int flat = width > 0 ? (height - 1) * columns + width : 0;
        const int lines = (flat + segment - 1) / segment;
% endif
        const int first_line = (long)lines * (rest % blocks) / blocks, end_line = (long)lines * (rest % blocks + 1) / blocks;
        const __global number* source = packed + ((block * (index)groups + group) * sources * plane + before) * ${lanes};
        const __global number* weights = packed_weights + (index)tile * sources * ${kernel[0] * kernel[1] * out_tile};
        const int tile_channels = min(${out_tile}, channels - first_channel);
        const int out_channel = group * channels + first_channel;
% for o in range(out_tile):
        const number start${o} = is_biased && ${o} < tile_channels ? ${number.load("bias", f"out_channel + {o}")} : ${number.zero};
% endfor
        for (int line = first_line; line < end_line; line++) {
% if lanes > 1:
% if phased:
            const int line_end = min((line + 1) * line_rows, height) * width;
            for (int first = line * line_rows * width; first < line_end; first += ${2 * simd}) {
                vector stage[${out_tile * 2 * simd}];
                const int pixels = min(${2 * simd}, line_end - first), first_h = first / width, first_w = first % width;
                for (int row = 0; row * width < pixels; row++) {
                    const int y = (first_h + row + pad_h) / stride_h, phase_h = (first_h + row + pad_h) % stride_h;
                    const int row_end = min(width - first_w, pixels - row * width);
                    for (int phase_w = 0; phase_w < stride_w; phase_w++) {
                        const int phase = phase_h * stride_w + phase_w;
% if not taps:
                        int taps;
${list_taps()}\
% endif
                        int w = phase_w - (first_w + pad_w) % stride_w; // the first pixel of this phase
                        for (w = w < 0 ? w + stride_w : w; w < row_end; w += ${vectors} * stride_w) {
                            const int place = y * columns + (first_w + w + pad_w) / stride_w;
${sum_tile()}
% for v in range(vectors):
                            if (w + ${v} * stride_w < row_end) {
                                const int at = row * width + w + ${v} * stride_w;
% for o in range(out_tile):
                                stage[${o * 2 * simd} + at] = c${o}_${v};
% endfor
                            }
% endfor
                        }
                    }
                }
% else:
            const int line_end = min((line + 1) * run, height * width);
            for (int first = line * run; first < line_end; first += ${2 * simd}) {
                vector stage[${out_tile * 2 * simd}];
                const int pixels = min(${2 * simd}, line_end - first);
                for (int v = 0; v < pixels; v += ${vectors}) {
                    const int y = (first + v) / width, place = y * columns + first + v - y * width;
${sum_tile()}
% for o in range(out_tile):
% for v in range(vectors):
                    stage[${o * 2 * simd + v} + v] = c${o}_${v};
% endfor
% endfor
                }
% endif
                const int images = min(${lanes}, batch - block * ${lanes});
                const index image = (index)groups * channels * out_plane;
                __global ${number.storage}* to = out + block * ${lanes} * image + out_channel * out_plane;
                int done = 0;
% if number.plain:
                if (images == ${lanes})
                    for (; done + ${simd} <= pixels; done += ${simd})
                        for (int o = 0; o < tile_channels; o++) {
% for i in range(simd):
                            vector t${i} = stage[o * ${2 * simd} + done + ${i}];
% endfor
% for statement in transposed:
                            ${statement}
% endfor
                            __global number* corner = to + o * out_plane + first + done;
% for i in range(simd):
                            *(__global vector_at*)(corner + ${i} * image) = t${i};
% endfor
                        }
% endif
                for (; done < pixels; done++)
                    for (int o = 0; o < tile_channels; o++)
                        for (int l = 0; l < images; l++) {
                            const number sum = ((const number*)stage)[(o * ${2 * simd} + done) * ${simd} + l];
                            ${number.store("to", "l * image + o * out_plane + first + done", "sum")}
                        }
            }
% else:
            for (int x0 = 0; x0 < segment && line * segment + x0 < flat; x0 += ${vectors * simd}) {
                const int place = line * segment + x0;
${sum_tile()}
                __global ${number.storage}* to = out + ((index)block * groups * channels + out_channel) * out_plane;
% for o in range(out_tile):
                if (${o} < tile_channels) {
                    vector result[${vectors}] = {${", ".join(f"c{o}_{v}" for v in range(vectors))}};
                    for (int v = 0; v < ${vectors}; v++) {
                        const int y = (place + v * ${simd}) / columns, x = (place + v * ${simd}) % columns;
% if number.plain and not phased:
                        if (y < height && x + ${simd} <= width)
                            *(__global vector_at*)(to + ${o} * out_plane + y * out_width + x) = result[v];
                        else
% endif
                        for (int l = 0; l < ${simd}; l++) {
                            const int wrap = (x + l) / columns, y_l = y + wrap, x_l = x + l - wrap * columns;
                            if (y_l < height && x_l < width) {
                                const number sum = ((const number*)result)[v * ${simd} + l];
% if phased:
                                const int h = (low_h + y_l) * stride_h + phase_h - pad_h;
                                const int w = (low_w + x_l) * stride_w + phase_w - pad_w;
% else:
                                const int h = y_l, w = x_l;
% endif
                                ${number.store("to", f"{o} * out_plane + h * out_width + w", "sum")}
                            }
                        }
                    }
                }
% endfor
            }
% endif
        }
    }
}
