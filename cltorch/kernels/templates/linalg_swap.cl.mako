## Between two panels of linalg_lu: in other columns the row swaps of the panel `first` to `last`, and right of it the rows of the upper
## factor. Called by linalg.py. A team has ${width} columns: the first `right_blocks` teams of a matrix those right of the panel, the others those left of it.
<%namespace name="t" file="linalg_team.mako"/>
<% V = n.vector if team == 1 else n.type %>\
<% T = f"vector_{name}" if team == 1 else n.type %>\
${t.vectors(name, n)}
% for q in (width // n.lanes, 1) if team == 1 else (1,):
<% vs = range(q) %>\
static void swap${q}_${name}(__global ${n.type}* a, const __global int* pivots, const int stride, const int first, const int last,
                             const int end, const int right) {  // `right`: where these columns are, if right of the panel
    for (int j = first; j < end; j++) {
        __global ${T}* upper = (__global ${T}*)(a + (long)j * stride);
        __global ${T}* lower = (__global ${T}*)(a + (long)(pivots[j] - 1) * stride);
        if (lower == upper) continue;
% for v in vs:
        const ${V} kept${v} = upper[${v}];
        upper[${v}] = lower[${v}];
        lower[${v}] = kept${v};
% endfor
    }
    if (!right) return;
    for (int i = first + 1; i < last; i++) {
        __global ${T}* own = (__global ${T}*)(a + (long)i * stride);
        ${V} ${", ".join(f"sum{v} = own[{v}]" for v in vs)};
% if team == 1:
${t.turning(n, [f"turn{v}" for v in vs])}\
% endif
        for (int k = first; k < i; k++) {
            const ${n.type} by = a[(long)i * stride + k - right];
            const __global ${T}* above = (const __global ${T}*)(a + (long)k * stride);
% for v in vs:
% if team == 1:
            ${t.less(n, f"sum{v}", f"turn{v}", "by", f"above[{v}]")}
% else:
            sum${v} -= ${n.product("by", f"above[{v}]")};
% endif
% endfor
        }
% if team == 1:
${t.turned(n, [(f"sum{v}", f"turn{v}") for v in vs])}\
% endif
% for v in vs:
        own[${v}] = sum${v};
% endfor
    }
}
% endfor
__kernel void ${name}(__global ${n.type}* work, const __global int* pivots, const int batch, const int rows, const int columns,
                      const int stride, const int first, const int last, const int right_blocks, const int blocks) {
${t.head(team)}
    const int block = matrix % blocks, right = block < right_blocks;
    const int left = right ? last + block * ${width} : (block - right_blocks) * ${width}, edge = right ? stride : first;
    __global ${n.type}* a = work + matrix / blocks * rows * stride;
    pivots += matrix / blocks * min(rows, columns);
    const int end = min(last, min(rows, columns));
% if team == 1:
    int c = left;
    if (c + ${width} <= edge) swap${width // n.lanes}_${name}(a + c, pivots, stride, first, last, end, right ? c : 0);
    else for (; c < edge; c += ${n.lanes}) swap1_${name}(a + c, pivots, stride, first, last, end, right ? c : 0);
% else:
    for (int c = left + lane; c < min(left + ${width}, edge); c += lanes)  // members keep to their columns, and need not meet
        swap1_${name}(a + c, pivots, stride, first, last, end, right ? c : 0);
% endif
}
