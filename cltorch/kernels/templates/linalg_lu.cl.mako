## Factors of a matrix by elimination with partial pivoting: row swaps, a unit lower and an upper triangle, packed as LAPACK's getrf
## does. Called by linalg.py. `info` is the first pivot that is zero, counted from 1, or 0; `work` holds the rows, `stride` apart. A launch
## eliminates columns `first` to `last` and looks at no others; one that does all of it fetches the input and gives the result.
<%namespace name="t" file="linalg_team.mako"/>
${t.vectors(name, n)}
${t.minus(name, n, team)}
__kernel void ${name}(const __global ${n.type}* input, __global ${n.type}* packed, __global int* pivots, __global long* order,
                      __global int* info, __global ${n.type}* work, const int batch, const int rows, const int columns,
                      const int stride, const int first, const int last) {
${t.head(team)}
    const int depth = min(rows, columns);
    __global ${n.type}* a = work + matrix * rows * stride;
    input += matrix * rows * columns;
    packed += matrix * rows * columns;
    order += matrix * rows;
    if (first == 0) {
        for (int i = 0; i < (last < columns ? 0 : rows); i++)
            for (int c = lane; c < columns; c += lanes) a[(long)i * stride + c] = input[(long)i * columns + c];
        for (int i = lane; i < rows; i += lanes) order[i] = i;
        if (lane == 0) info[matrix] = 0;
        ${t.meet(team)}
    }
    for (int j = first; j < min(depth, last); j++) {
        __global ${n.type}* pivot = a + (long)j * stride;
        int best = j;  // every member looks for itself: the column is short, and all agree without a word
        ${n.real} most = ${n.pivot_size('pivot[j]')};
        for (int i = j + 1; i < rows; i++) {
            const ${n.real} here = ${n.pivot_size('a[(long)i * stride + j]')};
            if (here > most) { most = here; best = i; }
        }
        ${t.meet(team)}
        if (best != j) {
            __global ${n.type}* other = a + (long)best * stride;
            for (int c = first + lane; c < last; c += lanes) {
                const ${n.type} upper = pivot[c];
                pivot[c] = other[c];
                other[c] = upper;
            }
        }
        if (lane == 0) {
            pivots[matrix * depth + j] = best + 1;
            const long from = order[j];
            order[j] = order[best];
            order[best] = from;
            if (most == 0 && info[matrix] == 0) info[matrix] = j + 1;
        }
        ${t.meet(team)}
        if (most != 0) {
            for (int i = j + 1 + lane; i < rows; i += lanes)
                a[(long)i * stride + j] = ${n.quotient('a[(long)i * stride + j]', 'pivot[j]')};
            ${t.meet(team)}
        }
        for (int i = j + 1; i < rows; i++) {
            __global ${n.type}* row = a + (long)i * stride;
            minus_${name}(row, pivot, row[j], j + 1, last, lane, lanes);
        }
        ${t.meet(team)}
    }
    if (first > 0 || last < columns) return;
    for (int i = 0; i < rows; i++)
        for (int c = lane; c < columns; c += lanes) packed[(long)i * columns + c] = a[(long)i * stride + c];
}
