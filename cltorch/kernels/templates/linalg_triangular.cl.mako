## Solutions of triangular systems by substitution. Called by linalg.py. A team has one triangle and up to ${width} right-hand sides, whose
## rows are contiguous; rows of the solution are finished one after another.
<%namespace name="t" file="linalg_team.mako"/>
__kernel void ${name}(const __global ${n.type}* triangles, const __global ${n.type}* right, __global ${n.type}* solutions,
                      const int batch, const int order, const int columns, const int blocks) {
${t.head(team)}
    const __global ${n.type}* a = triangles + matrix / blocks * order * order;
    const int first = matrix % blocks * ${width}, last = min(first + ${width}, columns);
    right += matrix / blocks * order * columns;
    solutions += matrix / blocks * order * columns;
    for (int step = 0; step < order; step++) {
        const int i = ${"order - 1 - step" if upper else "step"};
        const __global ${n.type}* row = a + (long)i * order;
        __global ${n.type}* own = solutions + (long)i * columns;
        for (int c = first + lane; c < last; c += lanes) own[c] = right[(long)i * columns + c];
        for (int j = ${"i + 1" if upper else "0"}; j < ${"order" if upper else "i"}; j++) {
            const ${n.type} factor = row[j];
            const __global ${n.type}* known = solutions + (long)j * columns;
            for (int c = first + lane; c < last; c += lanes) own[c] -= ${n.product('factor', 'known[c]')};
        }
% if not unit:
        for (int c = first + lane; c < last; c += lanes) own[c] = ${n.quotient('own[c]', 'row[i]')};
% endif
    }
}
