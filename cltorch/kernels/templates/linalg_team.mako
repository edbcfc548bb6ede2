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
static ${n.real} total_${name}(const ${n.vector} v) {
% for half in n.halves:
    const ${half} h${loop.index} = ${"v" if loop.first else f"h{loop.index - 1}"}.lo + ${"v" if loop.first else f"h{loop.index - 1}"}.hi;
% endfor
    return h${len(n.halves) - 1};
}
% endif
</%def>
## Sums of products of numbers with vectors, taken from ``total``. Those with imaginary parts are added up in ``turn``, and turned once, behind the last.
<%def name="turning(n, turns)">\
% if n.complex:
        ${n.vector} ${", ".join(f"{turn} = 0" for turn in turns)};
% endif
</%def>
<%def name="less(n, total, turn, f, x)">\
${f"{total} -= {f}.x * {x}; {turn} += {f}.y * {x};" if n.complex else f"{total} -= {f} * {x};"}\
</%def>
<%def name="turned(n, totals)">\
% for total, turn in totals if n.complex else ():
        ${total} -= (${n.signs}) * ${turn}.${n.swapped};
% endfor
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
## `begin`: what makes the first of `count` contiguous elements `alpha` all of them: beta (real), tau, and what v[1:] is multiplied by, so that
## H = 1 - tau v v^H with v[0] = 1 has H^H x = beta e1, as LAPACK's larfg does it. All is zero where nothing is to be done.
<%def name="begin(name, n)">
typedef struct { ${n.real} beta; ${n.type} tau, scale; } begin_${name};
static begin_${name} begin_of_${name}(const __global ${n.type}* x, const int count) {
    begin_${name} b;
    const ${n.type} alpha = x[0];
    b.beta = ${n.re('alpha')};
    b.tau = b.scale = ${n.of('0')};
    ${n.real} most = ${n.imaginary_size('alpha')}, sum = 0;
    for (int i = 1; i < count; i++) most = fmax(most, ${n.size('x[i]')});
    if (!(most > 0)) return b;
    const ${n.real} unit = fmax(most, ${n.size('alpha')}), by = 1 / unit;
    if (isfinite(by)) for (int i = 0; i < count; i++) { const ${n.type} own = x[i] * by; sum += ${n.square('own')}; }
    else for (int i = 0; i < count; i++) { const ${n.type} own = x[i] / unit; sum += ${n.square('own')}; }
    b.beta = -copysign(unit * sqrt(sum), b.beta);
    b.tau = (${n.of('b.beta')} - alpha) / b.beta;
    b.scale = ${n.quotient(n.of('1'), '(alpha - ' + n.of('b.beta') + ')')};
    return b;
}
</%def>
## `reflect`: columns that lie in rows, `stride` apart, from `first` to `last`, become (1 - along v^H) of what they were. v is zero before `from` and
## behind `to`.
<%def name="reflect(name, n, team)">
% if team == 1:
% for q in (4, 1):
static void reflect${q}_${name}(__global ${n.type}* columns, const long stride, const __global ${n.type}* v, const ${n.type} along,
                                const int from, const int to) {
    const int begin = from / ${n.lanes} * ${n.lanes};
% for r in range(q):
    __global ${n.type}* c${r} = columns + ${r} * stride;
    ${n.vector} s${r} = 0${f", t{r} = 0" if n.complex else ""};
% endfor
    for (int i = begin; i < to; i += ${n.lanes}) {
        const ${n.vector} own = *(const __global vector_${name}*)(v + i);
% for r in range(q):
        {
            const ${n.vector} x = *(const __global vector_${name}*)(c${r} + i);
            s${r} += own * x;
% if n.complex:
            t${r} += own * x.${n.swapped};
% endif
        }
% endfor
    }
% for r in range(q):
    const ${n.type} f${r} = ${n.product("along", f"({n.type})(total_{name}(s{r}), total_{name}(t{r} * (-{n.signs})))" if n.complex else f"total_{name}(s{r})")};
% endfor
    for (int i = begin; i < to; i += ${n.lanes}) {
        const ${n.vector} own = *(const __global vector_${name}*)(v + i);
% for r in range(q):
        *(__global vector_${name}*)(c${r} + i) -= product_${name}(f${r}, own);
% endfor
    }
}
% endfor
% endif
static void reflect_${name}(__global ${n.type}* work, const long stride, const __global ${n.type}* v, const ${n.type} along, const int from,
                            const int to, const int first, const int last, const int lane, const int lanes) {
% if team == 1:
    int j = first;
    for (; j + 4 <= last; j += 4) reflect4_${name}(work + j * stride, stride, v, along, from, to);
    for (; j < last; j++) reflect1_${name}(work + j * stride, stride, v, along, from, to);
% else:
    // a column has the same member whatever the first one is, so that reflections can follow each other without a meeting
    for (int j = first + (lane + lanes - first % lanes) % lanes; j < last; j += lanes) {
        __global ${n.type}* own = work + j * stride;
        ${n.type} sum = 0;
        for (int i = from; i < to; i++) sum += ${n.conjugate_product("v[i]", "own[i]")};
        const ${n.type} f = ${n.product("along", "sum")};
        for (int i = from; i < to; i++) own[i] -= ${n.product("f", "v[i]")};
    }
% endif
}
</%def>
## `walk`: rows of a matrix are changed and used in one pass. terms: row_i -= x_i y, for each pair of a column x (elements `apart`) and a row y.
## use: "product": p_i = sum_j row_i[j] v[j]; "sum": p[j] += conj(v_i) row_i[j]. Walks columns `from` to `to` of rows `first` to `last`.
<%def name="walk(which, name, n, team, terms, use)">
<% xs = range(terms) %>\
<% given = ", ".join(f"const __global {n.type}* x{k}, const __global {n.type}* y{k}" for k in xs) %>\
<% passed = ", ".join(f"x{k}, y{k}" for k in xs) %>\
% if team == 1:
% for q in (4, 1):
static void ${which}${q}_${name}(__global ${n.type}* a, const long stride, const int i, ${given}, const __global ${n.type}* v,
                                 __global ${n.type}* p, const int from, const int to) {
% for r in range(q):
    __global ${n.type}* row${r} = a + (i + ${r}) * stride;
% for k in xs:
    const ${n.type} f${r}_${k} = x${k}[i + ${r}];
% endfor
% if use == "sum":
    const ${n.type} g${r} = ${n.conjugate(f"v[i + {r}]")};
% else:
    ${n.vector} s${r} = 0${f", t{r} = 0" if n.complex else ""};
% endif
% endfor
    for (int j = from / ${n.lanes} * ${n.lanes}; j < to; j += ${n.lanes}) {
% for k in xs:
        const ${n.vector} other${k} = *(const __global vector_${name}*)(y${k} + j);
% endfor
% if use == "sum":
        ${n.vector} total = *(const __global vector_${name}*)(p + j);
% else:
        const ${n.vector} by = *(const __global vector_${name}*)(v + j);
% endif
% for r in range(q):
        {
            ${n.vector} own = *(const __global vector_${name}*)(row${r} + j);
% for k in xs:
            own -= product_${name}(f${r}_${k}, other${k});
% endfor
            *(__global vector_${name}*)(row${r} + j) = own;
% if use == "sum":
            total += product_${name}(g${r}, own);
% else:
            s${r} += own * by;
% if n.complex:
            t${r} += own * by.${n.swapped};
% endif
% endif
        }
% endfor
% if use == "sum":
        *(__global vector_${name}*)(p + j) = total;
% endif
    }
% if use == "product":
% for r in range(q):
    p[i + ${r}] = ${f"({n.type})(total_{name}(s{r} * (-{n.signs})), total_{name}(t{r}))" if n.complex else f"total_{name}(s{r})"};
% endfor
% endif
}
% endfor
% endif
static void ${which}_${name}(__global ${n.type}* a, const long stride, const int first, const int last, ${given},
                             const __global ${n.type}* v, __global ${n.type}* p, const int from, const int to, const int lane, const int lanes) {
% if team == 1:
    int i = first;
    for (; i + 4 <= last; i += 4) ${which}4_${name}(a, stride, i, ${passed}, v, p, from, to);
    for (; i < last; i++) ${which}1_${name}(a, stride, i, ${passed}, v, p, from, to);
% else:
    for (int j = from + lane; j < to; j += lanes) {
        ${n.type} total = 0;
        for (int i = first; i < last; i++) {
            ${n.type} own = a[i * stride + j];
% for k in xs:
            own -= ${n.product(f"x{k}[i]", f"y{k}[j]")};
% endfor
            a[i * stride + j] = own;
            total += ${n.conjugate_product("v[i]", "own") if use == "sum" else "0"};
        }
% if use == "sum":
        p[j] += total;
% endif
    }
% if use == "product":
    barrier(CLK_GLOBAL_MEM_FENCE);
    for (int i = first + lane; i < last; i += lanes) {
        ${n.type} sum = 0;
        for (int j = from; j < to; j++) sum += ${n.product("a[i * stride + j]", "v[j]")};
        p[i] = sum;
    }
% endif
% endif
}
</%def>
