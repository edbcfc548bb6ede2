## Factors of a matrix by elimination with partial pivoting: row swaps, a unit lower and an upper triangle, packed as LAPACK's getrf
## does. Called by linalg.py. `info` is the first pivot that is zero, counted from 1, or 0.
<%namespace name="t" file="linalg_team.mako"/>
__kernel void ${name}(const __global ${n.type}* input, __global ${n.type}* packed, __global int* pivots, __global long* order,
                      __global int* info, const int batch, const int rows, const int columns) {
${t.head(team)}
    const int depth = min(rows, columns);
    __global ${n.type}* a = packed + matrix * rows * columns;
    input += matrix * rows * columns;
    order += matrix * rows;
    for (long i = lane; i < (long)rows * columns; i += lanes) a[i] = input[i];
    for (int i = lane; i < rows; i += lanes) order[i] = i;
    if (lane == 0) info[matrix] = 0;
    ${t.meet(team)}
    for (int j = 0; j < depth; j++) {
        int best = j;  // every member looks for itself: the column is short, and all agree without a word
        ${n.real} most = ${n.pivot_size('a[(long)j * columns + j]')};
        for (int i = j + 1; i < rows; i++) {
            const ${n.real} here = ${n.pivot_size('a[(long)i * columns + j]')};
            if (here > most || (here != here && most == most)) { most = here; best = i; }
        }
        ${t.meet(team)}
        if (best != j)
            for (int c = lane; c < columns; c += lanes) {
                const ${n.type} upper = a[(long)j * columns + c];
                a[(long)j * columns + c] = a[(long)best * columns + c];
                a[(long)best * columns + c] = upper;
            }
        if (lane == 0) {
            pivots[matrix * depth + j] = best + 1;
            const long from = order[j];
            order[j] = order[best];
            order[best] = from;
            if (most == 0 && info[matrix] == 0) info[matrix] = j + 1;
        }
        ${t.meet(team)}
        if (most != 0)
            for (int i = j + 1 + lane; i < rows; i += lanes) {
                __global ${n.type}* row = a + (long)i * columns;
                const __global ${n.type}* pivot = a + (long)j * columns;
                const ${n.type} factor = ${n.quotient('row[j]', 'pivot[j]')};
                row[j] = factor;
                for (int c = j + 1; c < columns; c++) row[c] -= ${n.product('factor', 'pivot[c]')};
            }
        ${t.meet(team)}
    }
}
