## What both forms of scans share: how two running values are joined, and the arguments of a kernel. See scan.cl.mako.
<%def name="joining()">
${functions}
static ${acc} join_${name}(const ${acc} a, const ${acc} b) {
% if kind == "logsumexp":
    if (a != a || b != b) return a + b;
    const ${acc} most = fmax(a, b), least = fmin(a, b);
    return most == least && isinf(most) ? most : most + log1p(exp(least - most));
% elif positions:
    return b ${better} a || b != b ? b : a;
% else:
    return ${joined};
% endif
}
</%def>
<%def name="parameters()">
    const __global ${in_storage}* in,
% if nested and positions:
    const __global long* in_picked,
% endif
    __global ${out_storage}* out,
% if positions:
    __global long* picked,
% endif
% if carried:
    const __global ${acc}* carry,
% if positions:
    const __global long* carry_picked,
% endif
% endif
    const ${index} units, const ${index} chunk, const ${index} n, const ${index} inner, const ${index} strips,
    const ${index} blocks, const ${index} size
</%def>
