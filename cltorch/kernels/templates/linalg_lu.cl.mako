## Factors of a matrix by elimination with partial pivoting: row swaps, a unit lower and an upper triangle, packed as LAPACK's getrf
## does. Called by linalg.py. `info` is the first pivot that is zero, counted from 1, or 0.
<%namespace name="t" file="linalg_team.mako"/>
__kernel void ${name}(const __global ${real}* input, __global ${real}* packed, __global int* pivots, __global long* order,
                      __global int* info, const int batch, const int rows, const int columns) {
${t.head(team)}
    const int depth = min(rows, columns);
    __global ${real}* a = packed + matrix * rows * columns;
    input += matrix * rows * columns;
    order += matrix * rows;
    for (long i = lane; i < (long)rows * columns; i += lanes) a[i] = input[i];
    for (int i = lane; i < rows; i += lanes) order[i] = i;
    if (lane == 0) info[matrix] = 0;
    ${t.meet(team)}
    for (int j = 0; j < depth; j++) {
        int best = j;  // every member looks for itself: the column is short, and all agree without a word
        ${real} most = fabs(a[(long)j * columns + j]);
        for (int i = j + 1; i < rows; i++) {
            const ${real} here = fabs(a[(long)i * columns + j]);
            if (here > most || (here != here && most == most)) { most = here; best = i; }
        }
        ${t.meet(team)}
        if (best != j)
            for (int c = lane; c < columns; c += lanes) {
                const ${real} upper = a[(long)j * columns + c];
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
                __global ${real}* row = a + (long)i * columns;
                const __global ${real}* pivot = a + (long)j * columns;
                const ${real} factor = row[j] / pivot[j];
                row[j] = factor;
                for (int c = j + 1; c < columns; c++) row[c] -= factor * pivot[c];
            }
        ${t.meet(team)}
    }
}
