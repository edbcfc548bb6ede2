## Running values along rows of n elements, GPU form: a work-group walks a stretch of `size` elements, ${lanes * items} at a time.
##
## Called by scan.py as scan.cl.mako, which says what stretches, totals, carries and positions are. The elements of a step lie in local memory;
## a work-item runs through ${items} neighbours, the last values of all are joined by a running one over the work-items, and what came
## before is joined to each element.
<%namespace name="t" file="scan_parts.mako"/>\
<%
tile = lanes * items
own = f"AT(me * {items} + k)"
%>\
${t.joining()}
#define AT(k) ((k) + (k) / 32)
<%def name="join(total, best, more, place)">
% if positions:
{
    const ${acc} next = ${more};
    if (next ${better} ${total} || next != next) { ${total} = next; ${best} = ${place}; }
}
% else:
    ${total} = join_${name}(${total}, ${more});
% endif
</%def>
__kernel __attribute__((reqd_work_group_size(${lanes}, 1, 1))) void ${name}(${t.parameters()}) {
    __local ${acc} values[AT(${tile})], ends[${lanes}];
% if positions:
    __local long places[AT(${tile})], ends_places[${lanes}];
% endif
    const int me = get_local_id(0);
    for (${index} unit = get_group_id(0); unit < units; unit += get_num_groups(0)) {
        const ${index} block = unit % blocks, row = unit / blocks * n, last = min((block + 1) * size, n);
        int started = 0;
        ${acc} before;
% if positions:
        long before_place;
% endif
% if carried:
        if (block > 0) {
            started = 1;
            before = carry[unit - 1];
% if positions:
            before_place = carry_picked[unit - 1];
% endif
        }
% endif
        for (${index} first = block * size; first < last; first += ${tile}) {
            const int valid = min((${index})${tile}, last - first), mine = clamp(valid - me * ${items}, 0, ${items});
            for (int j = me; j < valid; j += ${lanes}) {
                const ${index} at = row + first + j;
                values[AT(j)] = ${"in[at]" if nested else f"({acc})load_i_{name}(in, at)"};
% if positions:
                places[AT(j)] = ${"in_picked[at]" if nested else "first + j"};
% endif
            }
            barrier(CLK_LOCAL_MEM_FENCE);
            if (mine > 0) {
                int k = 0;
                ${acc} total = values[${own}];
% if positions:
                long best = places[${own}];
% endif
                for (k = 1; k < mine; k++) {
${join("total", "best", f"values[{own}]", f"places[{own}]")}
                    values[${own}] = total;
% if positions:
                    places[${own}] = best;
% endif
                }
                ends[me] = total;
% if positions:
                ends_places[me] = best;
% endif
            }
            const int used = (valid + ${items - 1}) / ${items};  // work-items that have elements
            for (int reach = 1; reach < used; reach *= 2) {
                barrier(CLK_LOCAL_MEM_FENCE);
                const int joins = me >= reach && me < used;
                ${acc} total = ends[joins ? me - reach : 0];
% if positions:
                long best = ends_places[joins ? me - reach : 0];
% endif
                if (joins) {
${join("total", "best", "ends[me]", "ends_places[me]")}
                }
                barrier(CLK_LOCAL_MEM_FENCE);
                if (joins) {
                    ends[me] = total;
% if positions:
                    ends_places[me] = best;
% endif
                }
            }
            barrier(CLK_LOCAL_MEM_FENCE);
% if not totals:
            if (mine > 0 && (started || me > 0)) {
                ${acc} prefix = started ? before : ends[me - 1];
% if positions:
                long prefix_place = started ? before_place : ends_places[me - 1];
% endif
                if (started && me > 0) {
${join("prefix", "prefix_place", "ends[me - 1]", "ends_places[me - 1]")}
                }
                for (int k = 0; k < mine; k++) {
                    ${acc} total = prefix;
% if positions:
                    long best = prefix_place;
% endif
${join("total", "best", f"values[{own}]", f"places[{own}]")}
                    values[${own}] = total;
% if positions:
                    places[${own}] = best;
% endif
                }
            }
% endif
            {
                ${acc} total = started ? before : ends[used - 1];
% if positions:
                long best = started ? before_place : ends_places[used - 1];
% endif
                if (started) {
${join("total", "best", "ends[used - 1]", "ends_places[used - 1]")}
                }
                before = total;
% if positions:
                before_place = best;
% endif
                started = 1;
            }
            barrier(CLK_LOCAL_MEM_FENCE);
% if not totals:
            for (int j = me; j < valid; j += ${lanes}) {
                const ${index} at = row + first + j;
% if nested:
                out[at] = values[AT(j)];
% else:
                store_o_${name}(out, at, values[AT(j)]);
% endif
% if positions:
                picked[at] = places[AT(j)];
% endif
            }
            barrier(CLK_LOCAL_MEM_FENCE);
% endif
        }
% if totals:
        if (me == 0) {
            out[unit] = before;
% if positions:
            picked[unit] = before_place;
% endif
        }
% endif
    }
}
