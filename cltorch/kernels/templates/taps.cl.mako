## out[p, j, i] = sum over t of weights[g, t, j] * in[p, places[g, t, j], i], where g = p / shared % groups. Called by taps.py.
##
## CPU form: a unit is a row of `inner` results, in vectors along the row (all lanes have the same places); where `inner` is 1
## (`across`) it is `block` results of a plane, each lane with places of its own. The last vector overlaps the one before. GPU form:
## a unit is one result.
<%
vector = f"{compute}{lanes}"
loads = ", ".join(f"row[at.s{k:x}]" for k in range(lanes))
%>\
${functions}
<%def name="single(j, i)">
            ${compute} sum = 0;
            for (${index} t = 0; t < taps; t++) {
                const int at = place[t * out + ${j}];
                sum += load_w_${name}(weight, t * out + ${j}) * (at < 0 ? 0 : load_e_${name}(row, at * inner + ${i}));
            }
</%def>
__kernel void ${name}(const __global ${storage}* restrict in, const __global int* restrict places,
                      const __global ${weight}* restrict weights, __global ${storage}* restrict results, const ${index} units,
                      const ${index} chunk, const ${index} n, const ${index} inner, const ${index} out, const ${index} taps,
                      const ${index} groups, const ${index} shared, const ${index} rows, const ${index} block) {
% if cpu:
    const ${index} first = get_global_id(0) * chunk, last = min(first + chunk, units);
    for (${index} unit = first; unit < last; unit++) {
        const ${index} plane = unit / rows, j = unit - plane * rows;
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
        const ${index} i = unit % inner, j = unit / inner % out, plane = unit / inner / out;
% endif
        const ${index} group = plane / shared % groups * taps * out;
        const __global ${storage}* row = in + plane * n * inner;
        const __global int* place = places + group;
        const __global ${weight}* weight = weights + group;
% if not cpu:
${single("j", "i")}
        store_e_${name}(results, unit, sum);
% elif across:
        __global ${storage}* to = results + plane * out;
        ${index} at_k = j * block;
        const ${index} end = min(at_k + block, out);
% if lanes > 1:
        for (const ${index} vectors = end - at_k < ${lanes} ? at_k : end; at_k < vectors; at_k += ${lanes}) {
            const ${index} k = min(at_k, end - ${lanes});
            ${vector} sum = 0;
            for (${index} t = 0; t < taps; t++) {
                const int${lanes} given = vload${lanes}(0, place + t * out + k), at = max(given, 0);
                const ${vector} value = (${vector})(${loads});
                const ${vector} scale = convert_${vector}(vload${lanes}(0, weight + t * out + k));
                sum += scale * select(value, (${vector})0, convert_${integer}${lanes}(given));
            }
            vstore${lanes}(sum, 0, to + k);
        }
% endif
        for (; at_k < end; at_k++) {
${single("at_k", "0")}
            store_e_${name}(to, at_k, sum);
        }
% else:
        __global ${storage}* to = results + unit * inner;
        ${index} at_i = 0;
% if lanes > 1:
        for (const ${index} vectors = inner < ${lanes} ? 0 : inner; at_i < vectors; at_i += ${lanes}) {
            const ${index} i = min(at_i, inner - ${lanes});
            ${vector} sum = 0;
            for (${index} t = 0; t < taps; t++) {
                const int at = place[t * out + j];
                const ${vector} value = vload${lanes}(0, row + max(at, 0) * inner + i);
                sum += (${vector})((${compute})weight[t * out + j]) * (at < 0 ? (${vector})0 : value);
            }
            vstore${lanes}(sum, 0, to + i);
        }
% endif
        for (; at_i < inner; at_i++) {
${single("j", "at_i")}
            store_e_${name}(to, at_i, sum);
        }
% endif
    }
}
