## Solutions of triangular systems by substitution. Called by linalg.py. A team has one triangle and up to ${width} right-hand sides, whose
## rows are contiguous; rows of the solution are finished one after another. On a CPU the sums of a row are ${width // n.lanes} vectors, and `work`
## holds what is solved as whole vectors.
<%namespace name="t" file="linalg_team.mako"/>
<% vectors = range(width // n.lanes) %>\
% if team == 1:
${t.vectors(name, n)}
static ${n.vector} part_${name}(const __global ${n.type}* p, const int count) {  // the first elements of a vector
    if (count >= ${n.lanes}) return *(const __global vector_${name}*)p;
    ${n.type} some[${n.lanes}] = {0};
    for (int k = 0; k < count; k++) some[k] = p[k];
    return *(${n.vector}*)some;
}
static void keep_${name}(__global ${n.type}* p, const int count, const ${n.vector} value) {
    if (count >= ${n.lanes}) *(__global vector_${name}*)p = value;
    else for (int k = 0; k < count; k++) p[k] = ((const ${n.type}*)&value)[k];
}
% endif
__kernel void ${name}(const __global ${n.type}* triangles, const __global ${n.type}* right, __global ${n.type}* solutions,
                      __global ${n.type}* work, const int batch, const int order, const int columns, const int blocks) {
${t.head(team)}
    const __global ${n.type}* a = triangles + matrix / blocks * order * order;
    const int first = matrix % blocks * ${width}, last = min(first + ${width}, columns);
    right += matrix / blocks * order * columns;
    solutions += matrix / blocks * order * columns;
% if team == 1:
    work += matrix * order * ${width};
% endif
    for (int step = 0; step < order; step++) {
        const int i = ${"order - 1 - step" if upper else "step"};
        const __global ${n.type}* row = a + (long)i * order;
        __global ${n.type}* own = solutions + (long)i * columns;
% if team == 1:
        const __global ${n.type}* given = right + (long)i * columns + first;
        ${n.vector} ${", ".join(f"sum{v} = part_{name}(given + {v * n.lanes}, last - first - {v * n.lanes})" for v in vectors)};
${t.turning(n, [f"turn{v}" for v in vectors])}\
        for (int j = ${"i + 1" if upper else "0"}; j < ${"order" if upper else "i"}; j++) {
            const ${n.type} factor = row[j];
            const __global vector_${name}* known = (const __global vector_${name}*)(work + (long)j * ${width});
% for v in vectors:
            ${t.less(n, f"sum{v}", f"turn{v}", "factor", f"known[{v}]")}
% endfor
        }
${t.turned(n, [(f"sum{v}", f"turn{v}") for v in vectors])}\
% if not unit and n.complex:
        const ${n.type} inverse = ${n.quotient(n.of('1'), 'row[i]')};
% endif
% for v in vectors:
% if not unit:
        sum${v} = ${f"product_{name}(inverse, sum{v})" if n.complex else f"sum{v} / row[i]"};
% endif
        ((__global vector_${name}*)(work + (long)i * ${width}))[${v}] = sum${v};
        keep_${name}(own + first + ${v * n.lanes}, last - first - ${v * n.lanes}, sum${v});
% endfor
% else:
        for (int c = first + lane; c < last; c += lanes) own[c] = right[(long)i * columns + c];
        for (int j = ${"i + 1" if upper else "0"}; j < ${"order" if upper else "i"}; j++) {
            const ${n.type} factor = row[j];
            const __global ${n.type}* known = solutions + (long)j * columns;
            for (int c = first + lane; c < last; c += lanes) own[c] -= ${n.product('factor', 'known[c]')};
        }
% if not unit:
        for (int c = first + lane; c < last; c += lanes) own[c] = ${n.quotient('own[c]', 'row[i]')};
% endif
% endif
    }
}
