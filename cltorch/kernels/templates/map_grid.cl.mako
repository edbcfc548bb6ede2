## A fused map, GPU form: one work-item an element, the grid walked in strides so that neighbours read neighbours.
##
## Called by fused_gpu.py. p<a>: the element of access a.
<%def name="lines(block)">
% for line in block:
${line}
% endfor
</%def>
__kernel void ${name}(${parameters}) {
#pragma OPENCL FP_CONTRACT OFF
${lines(uniform)}
for (${index} element = get_global_id(0); element < count; element += get_global_size(0)) {
${index} rest = element;
${lines(counters)}
${lines(offsets)}
${lines(body)}
}
}
