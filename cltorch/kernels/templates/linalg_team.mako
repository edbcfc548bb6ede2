## What the kernels of linalg.py share: who belongs to a team, how it meets, sums over contiguous elements, and rows of whole vectors. `n`
## (linalg.py's Numbers) says how real or complex numbers are computed with.
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
## Scratch rows are `stride` elements apart, whole vectors with room behind the end, so that a CPU's single member walks them by vectors.
## What stands behind the end of a row, or before the place where a walk begins, is never used.
<%def name="vectors(name, n)">
% if n.lanes > 1:
typedef ${n.vector} vector_${name} __attribute__((aligned(${n.itemsize})));
% if n.complex:
static ${n.vector} product_${name}(const ${n.type} f, const ${n.vector} x) { return f.x * x + f.y * (${n.signs}) * x.${n.swapped}; }
% else:
static ${n.vector} product_${name}(const ${n.type} f, const ${n.vector} x) { return f * x; }
% endif
% endif
</%def>
<%def name="minus(name, n, team)">
static void minus_${name}(__global ${n.type}* y, const __global ${n.type}* x, const ${n.type} f, const int from, const int to,
                          const int lane, const int lanes) {  // y -= f x, for elements from `from` to `to` of two rows
% if team > 1:
    for (int c = from + lane; c < to; c += lanes) y[c] -= ${n.product("f", "x[c]")};
% else:
    int c = from / ${n.lanes} * ${n.lanes};
    if (c < from) {
        __global vector_${name}* at = (__global vector_${name}*)(y + c);
        const ${n.vector} old = *at, new = old - product_${name}(f, *(const __global vector_${name}*)(x + c));
        *at = select(old, new, (${n.places}) >= from - c);
        c += ${n.lanes};
    }
    for (; c < to; c += ${n.lanes})
        *(__global vector_${name}*)(y + c) -= product_${name}(f, *(const __global vector_${name}*)(x + c));
% endif
}
</%def>
