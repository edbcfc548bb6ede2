## One pass of a Fourier transform in Stockham's order (Van Loan, Computational Frameworks for the Fast Fourier Transform, 1.7) over all rows.
## Called by fft.py. Elements of a row are seen as (radix, m, stride) and written as (m, radix, stride); what lies at (p, q) of (m, stride)
## is transformed in registers, `lanes` neighbours at once, and turned. Neighbours are places of `stride`, or in a first pass of stride 1 places
## of `m`; there roots come from a table in their order, and vectors are transposed where they are as many as their lanes. The last
## vector of a row overlaps the one before. Rows of the input begin `apart` numbers from each other, the first at `start`.
<%namespace name="parts" file="fft_parts.mako"/>
__kernel void ${name}(const __global ${real}* input, const __global ${real}* roots, __global ${real}* output, const ${index} apart,
                      const ${index} start, const ${index} n, const ${index} m, const ${index} stride, const ${index} turn,
                      const ${index} units, const ${index} chunk, const ${real} scale) {
    typedef ${real if step.lanes == 1 else f"{real}{step.lanes}"} real_vector;
    const ${index} along = ${"m" if step.across else "stride"}, blocks = (along + ${step.lanes - 1}) / ${step.lanes};
% if cpu:
    const ${index} first = get_global_id(0) * chunk, end = min(first + chunk, units);
    for (${index} unit = first; unit < end; unit++) {
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
        const ${index} from = min(unit % blocks * ${step.lanes}, along - ${step.lanes}), rest = unit / blocks;
% if step.across:
        const ${index} row = rest, p = from, q = 0;
% else:
        const ${index} row = rest / m, p = rest % m, q = from;
% endif
        const __global ${real}* in = input + start + row * apart;
        __global ${real}* out = output + 2 * row * ${step.radix} * m * stride;
        const ${index} source = q + stride * p, target = q + stride * ${step.radix} * p;
${parts.taken(real, inverse, step, "source", "target", "turn")}\
    }
}
