## Minus the weighted numbers of the target classes, added up, and the weights: (rows, classes, inner) numbers and (rows, inner) targets.
##
## Called by classes.py. `walk`: the two sums of each chunk (CPU) or work-group (GPU: `team` work-items), or, where there is but one (`whole`), the
## loss itself. `end`: the loss from the sums of all. Sums of 64 are added to those before, so that errors do not grow with the count.
## A target that is no class is reported in `fault` and counts for nothing.
${functions}
<%def name="finish(loss, total)">\
% if whole:
store_e_${name}(out, 0, ${f"{loss} / {total}" if mean else loss});\
% else:
out[2 * get_group_id(0)] = ${loss}, out[2 * get_group_id(0) + 1] = ${total};\
% endif
</%def>\
% if part == "walk":
__kernel void ${name}(const __global ${storage}* in, const __global long* target,
% if weighted:
                      const __global ${storage}* weight,
% endif
                      __global ${storage if whole else compute}* out, __global int* fault, const long count, const long chunk,
                      const long inner, const long classes, const long ignored, const long in_row, const long in_class,
                      const long in_inner, const long target_row, const long target_inner, const long in_first,
                      const long target_first${", const long weight_first" if weighted else ""}) {
    ${compute} loss = 0, total = 0;
% if team:
    const long first = get_global_id(0), end = count, step = get_global_size(0);
% else:
    const long first = get_global_id(0) * chunk, end = min(first + chunk, count), step = 1;
% endif
    for (long block = first; block < end; block += 64 * step) {
        const long last = min(block + 64 * step, end);
        ${compute} part = 0, shares = 0;
        for (long i = block; i < last; i += step) {
            const long row = i / inner, rest = i - row * inner;
            const long given = target[target_first + row * target_row + rest * target_inner];
            if (class_count(fault, given, classes, ignored) && (ulong)given < (ulong)classes) {
                const ${compute} share = ${f"load_e_{name}(weight, weight_first + given)" if weighted else 1};
                part -= load_e_${name}(in, in_first + row * in_row + given * in_class + rest * in_inner) * share;
                shares += share;
            }
        }
        loss += part;
        total += shares;
    }
% if team:
    __local ${compute} losses[${team}], totals[${team}];
    const int me = get_local_id(0);
    losses[me] = loss;
    totals[me] = total;
    for (int apart = ${team} / 2; apart > 0; apart /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (me < apart) {
            losses[me] += losses[me + apart];
            totals[me] += totals[me + apart];
        }
    }
    if (me == 0) {
        ${finish("losses[0]", "totals[0]")}
    }
% else:
    ${finish("loss", "total")}
% endif
}
% else:
__kernel void ${name}(const __global ${compute}* sums, __global ${storage}* out, const int count) {
    ${compute} loss = 0, total = 0;
    for (int i = 0; i < count; i++) {
        loss += sums[2 * i];
        total += sums[2 * i + 1];
    }
    ${finish("loss", "total")}
}
% endif
