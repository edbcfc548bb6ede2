## The first columns of a product of Householder reflections. Called by linalg.py. `packed` has `depth` reflectors, each `rows`
## contiguous elements with an implicit one at its own place; the result is transposed too: `columns` columns of `rows` elements.
<%namespace name="t" file="linalg_team.mako"/>
${t.dot(name, real)}
__kernel void ${name}(const __global ${real}* packed, const __global ${real}* factors, __global ${real}* result,
                      const int batch, const int rows, const int columns, const int depth) {
${t.head(team)}
    __global ${real}* q = result + matrix * rows * columns;
    packed += matrix * rows * depth;
    for (int j = lane; j < columns; j += lanes) {  // columns do not meet: a member keeps its own
        __global ${real}* own = q + (long)j * rows;
        for (int i = 0; i < rows; i++) own[i] = i == j;
        for (int k = depth - 1; k >= 0; k--) {
            const __global ${real}* v = packed + (long)k * rows + k;
            const int n = rows - k;
            const ${real} along = factors[matrix * depth + k] * (own[k] + dot_${name}(v + 1, own + k + 1, n - 1));
            own[k] -= along;
            for (int i = 1; i < n; i++) own[k + i] -= along * v[i];
        }
    }
}
