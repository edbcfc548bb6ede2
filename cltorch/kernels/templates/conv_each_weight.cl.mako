## The gradient by the weights where a group has few channels: GPU form. Called by conv_tiled.py.
##
## A work-group sums a part of one weight's gradient over all images: grid dimension 0 counts weights, 1 parts.
__kernel __attribute__((reqd_work_group_size(${group}, 1, 1)))
void ${name}(const __global ${number.storage}* restrict grad, const __global ${number.storage}* restrict images,
             __global ${number.compute}* restrict out, const int batch, const int groups, const int in_channels, const int out_channels,
             const int height, const int width, const int out_height, const int out_width,
             const int stride_h, const int stride_w, const int pad_h, const int pad_w,
             const int dilation_h, const int dilation_w, const ${index} part_size) {
    typedef ${index} index;
    __local ${number.compute} sums[${group}];
    const int lane = get_local_id(0), weight = get_group_id(0), s = weight % ${kernel[1]}, r = weight / ${kernel[1]} % ${kernel[0]};
    const int c = weight / ${kernel[0] * kernel[1]} % in_channels, o = weight / ${kernel[0] * kernel[1]} / in_channels;
    const index image = (index)height * width, out_image = (index)out_height * out_width, first = get_group_id(1) * part_size;
    const int group = o / out_channels;
    ${number.compute} sum = ${number.zero};
    for (index at = first + lane; at < min(first + part_size, batch * out_image); at += ${group}) {
        const index n = at / out_image;
        const int pixel = at % out_image, y = pixel / out_width * stride_h - pad_h + r * dilation_h;
        const int x = pixel % out_width * stride_w - pad_w + s * dilation_w;
        if (y >= 0 && y < height && x >= 0 && x < width)
            sum += ${number.load("grad", "(n * groups * out_channels + o) * out_image + pixel")} * ${number.load("images", "((n * groups + group) * in_channels + c) * image + (index)y * width + x")};
    }
    sums[lane] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int reach = ${group // 2}; reach > 0; reach /= 2) {
        if (lane < reach)
            sums[lane] += sums[lane + reach];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (lane == 0)
        out[get_group_id(1) * (index)get_num_groups(0) + weight] = sums[0];
}
