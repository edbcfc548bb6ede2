## One pointwise formula over several tensors, CPU form.
##
## Called by foreach.py. Work-item i takes the i-th of equal shares of all tensors laid end to end; the helper does the part
## [begin, end) of one tensor in vectors of ${lanes}. p<a>, at, left as in map_reduce_rows.cl.mako. A loop over arrays of pointers calls it
## in one place: with a call a tensor the code was made once a tensor, or, not inlined, Intel's compiler ended the process at some numbers
## of tensors (39 or 45 of Adam's).
<%def name="lines(block)">
% for line in block:
${line}
% endfor
</%def>
static void ${name}_one(${", ".join([*pointers, *numbers])}, const ${index} begin, const ${index} end) {
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
% for pointer, names in zip(pointers, zip(*called)):
${pointer}_of[] = {${", ".join(names)}};
% endfor
const ${index} sizes[] = {${", ".join(f"size{k}" for k in range(len(called)))}};
const ${index} total = ${" + ".join(f"size{k}" for k in range(len(called)))};
const ${index} share = (total / (${index})get_global_size(0) + ${lanes}) / ${lanes} * ${lanes};
const ${index} first = min((${index})get_global_id(0) * share, total), last = min(first + share, total);
${index} start = 0;
for (int k = 0; k < ${len(called)}; k++) {
const ${index} begin = clamp(first - start, (${index})0, sizes[k]), end = clamp(last - start, (${index})0, sizes[k]);
if (begin < end) ${name}_one(${", ".join([*(f"{pointer.split('* ')[1]}_of[k]" for pointer in pointers), *(number.split()[-1] for number in numbers)])}, begin, end);
start += sizes[k];
}
}
