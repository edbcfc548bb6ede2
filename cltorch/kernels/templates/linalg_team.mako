## What the kernels of linalg.py share: who belongs to a team, how it meets, and sums over contiguous elements. `n` (linalg.py's Numbers)
## says how real or complex numbers are computed with.
<%def name="head(team)">
% if team == 1:
    const int lane = 0, lanes = 1;
    const long matrix = get_global_id(0);
% else:
    const int lane = get_local_id(0), lanes = ${team};
    const long matrix = get_group_id(0);
% endif
</%def>
<%def name="meet(team)">\
% if team > 1:
barrier(CLK_GLOBAL_MEM_FENCE | CLK_LOCAL_MEM_FENCE);\
% endif
</%def>
<%def name="dot(name, n)">
static ${n.type} dot_${name}(const __global ${n.type}* a, const __global ${n.type}* b, const int n) {  // of conjugated a with b
    ${n.type} part[8] = {0};
    int i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++) part[k] += ${n.conjugate_product("a[i + k]", "b[i + k]")};
    ${n.type} total = 0;
    for (; i < n; i++) total += ${n.conjugate_product("a[i]", "b[i]")};
    for (int k = 0; k < 8; k++) total += part[k];
    return total;
}
</%def>
