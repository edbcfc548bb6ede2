## One pointwise formula over several tensors, GPU form: the grid walks every tensor in strides.
##
## Called by foreach.py. p<a>: the element.
<%def name="lines(block)">
% for line in block:
${line}
% endfor
</%def>
static void ${name}_one(${", ".join([*pointers, *numbers])}, const ${index} size) {
#pragma OPENCL FP_CONTRACT OFF
${lines(uniform)}
for (${index} element = get_global_id(0); element < size; element += get_global_size(0)) {
const ${index} ${", ".join(f"p{a} = element" for a in range(accesses))};
${lines(main)}
}
}
__kernel void ${name}(${kernel_parameters}) {
${lines(heads)}
% for k, names in enumerate(called):
${name}_one(${", ".join([*names, *(number.split()[-1] for number in numbers)])}, size${k});
% endfor
}
