## Solutions of triangular systems by substitution. Called by linalg.py. A team has one triangle and up to ${width} right-hand sides, whose
## rows are contiguous; rows of the solution are finished one after another.
<%namespace name="t" file="linalg_team.mako"/>
__kernel void ${name}(const __global ${real}* triangles, const __global ${real}* right, __global ${real}* solutions,
                      const int batch, const int order, const int columns, const int blocks) {
${t.head(team)}
    const __global ${real}* a = triangles + matrix / blocks * order * order;
    const int first = matrix % blocks * ${width}, last = min(first + ${width}, columns);
    right += matrix / blocks * order * columns;
    solutions += matrix / blocks * order * columns;
    for (int step = 0; step < order; step++) {
        const int i = ${"order - 1 - step" if upper else "step"};
        const __global ${real}* row = a + (long)i * order;
        __global ${real}* own = solutions + (long)i * columns;
        for (int c = first + lane; c < last; c += lanes) own[c] = right[(long)i * columns + c];
        for (int j = ${"i + 1" if upper else "0"}; j < ${"order" if upper else "i"}; j++) {
            const ${real} factor = row[j];
            const __global ${real}* known = solutions + (long)j * columns;
            for (int c = first + lane; c < last; c += lanes) own[c] -= factor * known[c];
        }
% if not unit:
        for (int c = first + lane; c < last; c += lanes) own[c] /= row[i];
% endif
    }
}
