## weight gradient: out[o, c, t] = sum over n, p of grad_out[n, o, p] * x[n, c, p moved by tap t], CPU form, over pixels
## that conv_pack made.
##
## Called by conv_direct.py. With k = (c, t) counted in one row, a unit is a tile of ${out_tile} output channels times up to
## ${unit_tiles} tiles of ${k_tile} values of k, over the share of images that belongs to its part. A tile's sums are vectors
## (over images, or over pixels of the flattened plane) until the end; between visits they wait in a private array, so that
## what a visit reads (`visit_lines` lines of `visit_blocks` blocks of images) stays in the first-level cache while all tiles
## of the unit pass over it.
## `guarded`: all taps of a tile lie in one row of the kernel, so that lines where this row lies in the padding are left out.
## Where vectors run over pixels, grad_out is zero between rows: a NaN or infinity of x there spoils its tap's sum.
<%
    simd = number_width
    taps = kernel[0] * kernel[1]
    guarded = lanes > 1 and kernel[1] % k_tile == 0
    kept = -(-unit_tiles * out_tile * k_tile // simd) * simd  # sums of a unit, and some that nobody reads
%>
__kernel void ${name}(const __global ${number.compute}* restrict packed, const __global ${number.compute}* restrict packed_grad,
                      __global ${number.storage if converts else number.compute}* restrict out, const int blocks_of_images,
                      const int groups, const int channels, const int sources, const int tiles, const int k_blocks,
                      const int plane, const int rows, const int columns, const int grad_plane, const int grad_columns,
                      const int stride_h, const int stride_w, const int dilation_h, const int dilation_w,
                      const int pad_h, const int source_height, const int lines, const int length, const int line_step, const int grad_line_step,
                      const int visit_blocks, const int visit_lines, const int part_blocks, const int units, const int chunk) {
    typedef ${index} index;
    typedef ${number.compute} number;
    typedef ${number.compute}${simd} vector;
    typedef ${number.compute}${simd} vector_at __attribute__((aligned(${number.itemsize})));
    const int first_unit = get_global_id(0) * chunk;
    const int end_unit = min(first_unit + chunk, units);
    vector waiting[${kept}];
    index places[${unit_tiles * k_tile}];
    const int steps = sources * ${taps};
    for (int unit = first_unit; unit < end_unit; unit++) {
        const int tile = unit % (groups * tiles), group = tile / tiles, first_channel = tile % tiles * ${out_tile};
        const int k_first = unit / (groups * tiles) % k_blocks * ${unit_tiles * k_tile};
        const int part = unit / (groups * tiles) / k_blocks;
        const int tile_channels = min(${out_tile}, channels - first_channel);
        const int k_end = min(k_first + ${unit_tiles * k_tile}, steps);
        for (int i = 0; i < ${kept}; i++)
            waiting[i] = (vector)(${number.zero});
        for (int i = 0; i < ${unit_tiles * k_tile}; i++) {
            const int step = min(k_first + i, steps - 1), t = step % ${taps};
            const int down = t / ${kernel[1]} * dilation_h, right = t % ${kernel[1]} * dilation_w;
            places[i] = ((index)(step / ${taps}) * plane + (down % stride_h * stride_w + right % stride_w) * rows * columns
                + down / stride_h * columns + right / stride_w) * ${lanes};
        }
        const __global number* source = packed + group * sources * (index)plane * ${lanes};
        const __global number* gradient = packed_grad + group * channels * (index)grad_plane * ${lanes};
% for o in range(out_tile):
        const __global number* g${o} = gradient + min(first_channel + ${o}, channels - 1) * (index)grad_plane * ${lanes};
% endfor
        const index source_step = (index)groups * sources * plane * ${lanes};
        const index gradient_step = (index)groups * channels * grad_plane * ${lanes};
        const int last_block = min((part + 1) * part_blocks, blocks_of_images);
        for (int first_block = part * part_blocks; first_block < last_block; first_block += visit_blocks)
            for (int first_line = 0; first_line < lines; first_line += visit_lines) {
                const int end_block = min(first_block + visit_blocks, last_block);
                const int end_line = min(first_line + visit_lines, lines);
                for (int k = 0; k < k_end - k_first; k += ${k_tile}) {
                    vector* sums = waiting + k * ${out_tile};
% for i in range(k_tile):
                    const __global number* x${i} = source + places[k + ${i}];
% endfor
% for o in range(out_tile):
                    vector ${", ".join(f"c{o}_{i} = sums[{o * k_tile + i}]" for i in range(k_tile))};
% endfor
% if guarded:
                    const int down = (k_first + k) % ${taps} / ${kernel[1]} * dilation_h;
                    const int low = max(first_line, (max(pad_h - down, 0) + stride_h - 1) / stride_h);
                    const int high = min(end_line, (max(pad_h + source_height - down, 0) + stride_h - 1) / stride_h);
% else:
                    const int low = first_line, high = end_line;
% endif
                    for (int block = first_block; block < end_block; block++)
                        for (int line = low; line < high; line++) {
                            index from = block * source_step + line * line_step * ${lanes};
                            index grad_from = block * gradient_step + line * grad_line_step * ${lanes};
                            for (int i = 0; i < length; i++) {
% for j in range(k_tile):
                                const vector p${j} = *(const __global vector_at*)(x${j} + from);
% endfor
% for o in range(out_tile):
                                {
                                    const vector g = *(const __global vector_at*)(g${o} + grad_from);
% for j in range(k_tile):
                                    c${o}_${j} += g * p${j};
% endfor
                                }
% endfor
                                from += ${simd};
                                grad_from += ${simd};
                            }
                        }
% for o in range(out_tile):
% for i in range(k_tile):
                    sums[${o * k_tile + i}] = c${o}_${i};
% endfor
% endfor
                }
            }
        for (int i = 0; i < ${kept}; i += ${simd}) { // the sums of all lanes, ${simd} of them in a vector
% for i in range(simd):
            vector t${i} = waiting[i + ${i}];
% endfor
% for statement in summed:
            ${statement}
% endfor
            waiting[i / ${simd}] = t0;
        }
        for (int o = 0; o < tile_channels; o++) {
            const index to = ((index)part * groups * channels + group * channels + first_channel + o) * steps;
            const number* sums = (const number*)waiting + o * ${k_tile};
            for (int k = k_first; k < k_end; k += ${k_tile}, sums += ${out_tile * k_tile}) {
% for i in range(k_tile):
                if (k + ${i} < k_end) {
                    ${number.store("out", f"to + k + {i}", f"sums[{i}]") if converts else f"out[to + k + {i}] = sums[{i}];"}
                }
% endfor
            }
        }
    }
}
