## Gather and scatter. position(i) = offset + sum(i[d] * stride[d]) + sum over index tensors of value * step.
##
## Called by index.py. gather: out[i] = in[position(i)]; scatter: out[position(i)] = out[position(i)] (mode) in[i].
## An index out of its range is reported in `fault` and clamped. Rank and index tensors are text, sizes and strides arguments.
## Scatter on a CPU runs as one work-item in order of i, so sums are always the same and the last of equal positions stays;
## on a GPU additions are atomic.
${functions}
% if atomic == "float":
static void add_atomic(__global float* p, const float x) {
    volatile __global uint* bits = (volatile __global uint*)p;
    uint before = *bits, seen;
    do {
        seen = before;
        before = atomic_cmpxchg(bits, seen, as_uint(as_float(seen) + x));
    } while (before != seen);
}
% endif
__kernel void ${name}(const __global ${in_type}* in, __global ${out_type}* out, __global int* fault,
% for k, t in enumerate(index_types):
    const __global ${t}* index${k}, const ${index} start${k}, const ${index} size${k}, const ${index} step${k}, const int dim${k},
% for d in range(rank):
    const ${index} stride${k}_${d},
% endfor
% endfor
% for d in range(rank):
    const ${index} n${d}, const ${index} stride${d}, const ${index} value_stride${d},
% endfor
    const ${index} offset, const ${index} value_offset, const ${index} units, const ${index} chunk) {
% if cpu:
    const ${index} first = get_global_id(0) * chunk, last = min(first + chunk, units);
    for (${index} unit = first; unit < last; unit++) {
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
        ${index} rest = unit, position = offset, source = value_offset;
% for k in range(len(index_types)):
        ${index} at${k} = start${k};
% endfor
% for d in reversed(range(rank)):
        {
            const ${index} i = rest % n${d};
            rest /= n${d};
            position += i * stride${d};
            source += i * value_stride${d};
% for k in range(len(index_types)):
            at${k} += i * stride${k}_${d};
% endfor
        }
% endfor
% for k in range(len(index_types)):
        {
            long value = index${k}[at${k}];
            if (value < -(long)size${k} || value >= (long)size${k}) {
                fault[1] = (int)value;
                fault[2] = (int)size${k};
                fault[3] = dim${k};
                fault[0] = 1;
                value = 0;
            }
            if (value < 0) value += size${k};
            if (size${k} > 0) position += (${index})value * step${k};
        }
% endfor
% if mode == "gather":
        out[unit] = in[position];
% elif mode == "set":
        out[position] = in[source];
% elif atomic == "float":
        add_atomic(out + position, in[source]);
% elif atomic == "int":
        atomic_add(out + position, in[source]);
% else:
        const ${compute} old = load_e(out, position), new = load_e(in, source);
        store_e(out, position, ${combine});
% endif
    }
}
