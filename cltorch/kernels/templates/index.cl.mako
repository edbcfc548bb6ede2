## Gather and scatter. position(i) = offset + sum(i[d] * stride[d]) + sum over index tensors of value * step.
##
## Called by index.py. gather: out[place(i)] = in[position(i)]; scatter: out[position(i)] = out[position(i)] (mode) in[place(i)].
## An index out of its range is reported in `fault`; a gather then reads element 0, a scatter writes nothing. Ranks are text
## (dimensions come merged), sizes and strides arguments; `unit` says which strides along the last dimension are 1.
## On a CPU a work-item takes a range of dimension `cut`, along which no two of them meet, and walks the others in order: sums are
## the same every time, and the last of equal positions stays. Where no dimension keeps them apart (`ranged`), each walks
## everything and writes only to its own range of positions, or of indices where these say where `whole` rows go. Where neighbours go to neighbours (a row by its number), they are moved or added
## by vectors of `lanes`. On a GPU a work-item takes single elements, and what is more than a
## plain write is an atomic exchange on the word around the element; without such (`cut` is -1 there) one work-item does all.
<%
indices = range(len(index_types))
gather = mode == "gather"
plain = gather or mode == "set"
last = rank - 1
alone = "restrict" if gather else ""
%>\
${functions}
% if swap:
% if bits == 64:
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
% endif
static void swap_${name}(__global ${storage}* p, const long at, const ${compute} new) {
    volatile __global ${word}* whole = (volatile __global ${word}*)p + ${f"at / {32 // bits}" if bits < 32 else "at"};
    const int shift = ${f"(int)(at % {32 // bits}) * {bits}" if bits < 32 else "0"};
    const ${word} mask = ${f"(({word})1 << {bits}) - 1" if bits < 32 else f"~({word})0"};
    ${word} seen, before = *whole;
    do {
        seen = before;
        ${storage} cell = as_${storage}((${unsigned})((seen >> shift) & mask));
        const ${compute} old = ${from_cell};
        const ${compute} result = ${combine};
        ${to_cell}
        const ${word} changed = (seen & ~(mask << shift)) | ((${word})as_${unsigned}(cell) << shift);
        before = ${"atom_cmpxchg" if bits == 64 else "atomic_cmpxchg"}(whole, seen, changed);
    } while (before != seen);
}
% endif
<%def name="found(k, at)">
            long w${k} = index${k}[${at}];
            int off${k} = 0;
            if ((ulong)w${k} >= (ulong)size${k}) {
                const long given = w${k};
% if not strict[k]:
                w${k} += given < 0 ? (long)size${k} : 0;
% endif
                off${k} = (ulong)w${k} >= (ulong)size${k};
                if (off${k}) {
                    fault[1] = (int)given;
                    fault[2] = (int)size${k};
                    fault[3] = dim${k};
                    fault[0] = 1;
                    w${k} = 0;
                }
            }
            const ${index} v${k} = w${k}${"" if unit_step[k] else f" * step{k}"};
</%def>
<%def name="move(position, place)">
% if gather:
            out[${place}] = in[${position}];
% elif mode == "set":
            out[${position}] = in[${place}];
% elif swap:
            swap_${name}(out, ${position}, load_e_${name}(in, ${place}));
% else:
            {
                const ${compute} old = load_e_${name}(out, ${position}), new = load_e_${name}(in, ${place});
                store_e_${name}(out, ${position}, ${combine});
            }
% endif
</%def>
__kernel void ${name}(const __global ${in_type}* ${alone} in, __global ${out_type}* ${alone} out, __global int* fault,
% for k, t in enumerate(index_types):
    const __global ${t}* ${alone} index${k}, const ${index} start${k}, const ${index} size${k}, const ${index} step${k}, const int dim${k},
% for d in range(rank):
    const ${index} stride${k}_${d},
% endfor
% endfor
% for d in range(rank):
    const ${index} n${d}, const ${index} stride${d}, const ${index} place_stride${d},
% endfor
    const ${index} offset, const ${index} place_offset, const ${index} units, const ${index} chunk) {
% if cpu or not (gather or swap or mode == "set"):
% if cpu:
    const ${index} first = get_global_id(0) * chunk, end = min(first + chunk, units);
% endif
    const ${index} p_ = offset, q_ = place_offset;
% for k in indices:
    const ${index} a${k}_ = start${k};
% endfor
% for d in range(rank):
<% outer = "" if d == 0 else d - 1 %>\
% if d == last:
% for k in indices:
% if fixed[k]:
${found(k, f"a{k}_{outer}")}
% endif
% endfor
% if whole:
        if (off0 || w0 < first || w0 >= end) continue;
% endif
% endif
<% begin, stop = ("first", "end") if d == cut and cpu else ("0", f"n{d}") %>\
% if d == last and lanes > 1:
    ${index} i${d} = ${begin};
    if (!(${" || ".join(f"off{k}" for k in indices if not gather) or "0"})) {
        const __global ${in_type}* from = in + ${f"q_{outer}" if not gather else " + ".join([f"p_{outer}", *(f"v{k}" for k in indices)])};
        __global ${out_type}* to = out + ${f"q_{outer}" if gather else " + ".join([f"p_{outer}", *(f"v{k}" for k in indices)])};
<%
new = f"vload{lanes}(0, from + i{d})" if unit[1] else f"({in_type}{lanes})(*from)"
if backwards:
    new = f"vload{lanes}(0, from - i{d} - {lanes - 1}).s{''.join(f'{k:x}' for k in reversed(range(lanes)))}"
%>\
        for (; i${d} + ${lanes} <= ${stop}; i${d} += ${lanes}) {
% if plain:
            vstore${lanes}(${new}, 0, to + i${d});
% else:
            const ${compute}${lanes} old = vload${lanes}(0, to + i${d}), new = ${new};
            vstore${lanes}(${combine}, 0, to + i${d});
% endif
        }
    }
    for (; i${d} < ${stop}; i${d}++) {
% else:
    for (${index} i${d} = ${begin}; i${d} < ${stop}; i${d}++) {
% endif
% if d < last:
        const ${index} p_${d} = p_${outer} + i${d} * stride${d}, q_${d} = q_${outer} + i${d} * place_stride${d};
% for k in indices:
        const ${index} a${k}_${d} = a${k}_${outer} + i${d} * stride${k}_${d};
% endfor
% else:
        ${index} position = p_${outer} + i${d}${"" if unit[0] else f" * stride{d}"};
        const ${index} place = q_${outer} + i${d}${"" if unit[1] else f" * place_stride{d}"};
% for k in indices:
% if not fixed[k]:
${found(k, f"a{k}_{outer} + i{d} * stride{k}_{d}")}
% endif
        position += v${k};
% endfor
% if gather:
${move("position", "place")}
% else:
        if (!(${" || ".join(f"off{k}" for k in indices) or "0"})${" && position >= first && position < end" if ranged and cpu else ""}) {
${move("position", "place")}
        }
% endif
% endif
% endfor
    }
% for d in range(rank - 1):
    }
% endfor
% else:
    for (${index} at = get_global_id(0); at < units; at += get_global_size(0)) {
        ${index} rest = at, position = offset, place = place_offset;
% for k in indices:
        ${index} at${k} = start${k};
% endfor
% for d in reversed(range(rank)):
        {
            const ${index} i = rest % n${d};
            rest /= n${d};
            position += i * stride${d};
            place += i * place_stride${d};
% for k in indices:
            at${k} += i * stride${k}_${d};
% endfor
        }
% endfor
% for k in indices:
${found(k, f"at{k}")}
        position += v${k};
% endfor
% if not gather:
        if (${" || ".join(f"off{k}" for k in indices) or "0"}) continue;
% endif
${move("position", "place")}
    }
% endif
}
