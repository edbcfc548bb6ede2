## What the kernels of recurrent.py share: who belongs to a team, how it meets, vectors in memory, and sums of products.
<%def name="head(team)">
% if team == 1:
    const int member = 0, team = get_global_id(0);
% else:
    const int member = get_local_id(0), team = get_group_id(0);
% endif
</%def>
<%def name="meet(team)">
% if team > 1:
        barrier(CLK_GLOBAL_MEM_FENCE);
% endif
</%def>
<%def name="types(real, lanes)">
% if lanes > 1:
    typedef ${real}${lanes} vector;
    typedef ${real}${lanes} vector_at __attribute__((aligned(${8 if real == "double" else 4})));
% else:
    typedef ${real} vector;
    typedef ${real} vector_at;
% endif
</%def>
<%def name="at(pointer, index)">*(__global vector_at*)(${pointer} + ${index})</%def>
<%def name="seen(pointer, index)">*(const __global vector_at*)(${pointer} + ${index})</%def>
## sum{row}_{part} += left{row}[k] * panel[k][part] for all k below depth.
<%def name="multiply(real, tile, depth)">
            for (int k = 0; k < ${depth}; k++) {
                const __global ${real}* line = panel + (long)k * step_gap;
% for v in range(tile.parts):
                const vector w${v} = ${seen("line", f"{v} * part_gap")};
% endfor
% for r in range(tile.rows):
                {
                    const ${real} x = left${r}[k];
% for v in range(tile.parts):
                    sum${r}_${v} += x * w${v};
% endfor
                }
% endfor
            }
</%def>
<%def name="functions(name, real, lanes)">
<%
    vector = f"{real}{lanes}" if lanes > 1 else real
    exponential = f"own_exp_{vector}" if lanes > 1 and real == "float" else "exp"
%>
static ${vector} sigmoid_${name}(const ${vector} x) { return 1 / (1 + ${exponential}(-x)); }
</%def>
