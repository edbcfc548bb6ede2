## One pointwise formula over several tensors, CPU form.
##
## Called by foreach.py. Work-item i takes the i-th of equal shares of all tensors laid end to end; the helper does the part
## [begin, end) of one tensor in vectors of ${lanes}. p<a>, at, left as in map_reduce_rows.cl.mako. It is not inlined: a compiler would
## make its code once a tensor, which takes Intel's runtime four times as long and runs no faster.
<%def name="lines(block)">
% for line in block:
${line}
% endfor
</%def>
static __attribute__((noinline)) void ${name}_one(${", ".join([*pointers, *numbers])}, const ${index} begin, const ${index} end) {
#pragma OPENCL FP_CONTRACT OFF
const ${index} ${", ".join(f"p{a} = 0" for a in range(accesses))};
${lines(uniform)}
${index} at = begin;
for (; at + ${lanes} <= end; at += ${lanes}) {
${lines(main)}
}
if (at < end) {
const ${index} left = end - at;
${lines(tail)}
}
}
__kernel void ${name}(${kernel_parameters}) {
${lines(heads)}
const ${index} total = ${" + ".join(f"size{k}" for k in range(len(calls)))};
const ${index} share = (total / (${index})get_global_size(0) + ${lanes}) / ${lanes} * ${lanes};
const ${index} first = min((${index})get_global_id(0) * share, total), last = min(first + share, total);
${index} start = 0;
% for k, call in enumerate(calls):
${name}_one(${call}, clamp(first - start, (${index})0, size${k}), clamp(last - start, (${index})0, size${k}));
start += size${k};
% endfor
}
