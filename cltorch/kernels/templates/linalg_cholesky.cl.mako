## The lower factor of a positive definite matrix, of which the lower triangle is read. Called by linalg.py. `info` is the order of the
## first leading minor that is not positive, or 0; `work` holds the rows, `stride` apart, `finished` the columns, conjugated, as rows. A launch
## finishes columns `first` to `last` of the rows up to `bottom` and looks at no others; one that does all of it fetches the input and gives the
## result.
<%namespace name="t" file="linalg_team.mako"/>
${t.vectors(name, n)}
${t.minus(name, n, team)}
__kernel void ${name}(const __global ${n.type}* input, __global ${n.type}* factor, __global int* info, __global ${n.type}* work,
                      __global ${n.type}* finished, const int batch, const int rows, const int stride, const int first, const int last,
                      const int bottom) {
${t.head(team)}
    __global ${n.type}* a = work + matrix * rows * stride;
    finished += matrix * ${panel} * stride;
    input += matrix * rows * rows;
    factor += matrix * rows * rows;
    if (first == 0) {
        for (int i = 0; i < (last < rows ? 0 : rows); i++)
            for (int c = lane; c < rows; c += lanes) a[(long)i * stride + c] = input[(long)i * rows + c];
        if (lane == 0) info[matrix] = 0;
        ${t.meet(team)}
    }
    int failed = info[matrix];
    for (int j = first; j < last && !failed; j++) {
        __global ${n.type}* column = finished + (j - first) % ${panel} * stride;
        const ${n.real} square = ${n.re('a[(long)j * stride + j]')};
        if (!(square > 0)) { failed = j + 1; break; }
        const ${n.real} root = sqrt(square);
        ${t.meet(team)}
        for (int i = j + lane; i < bottom; i += lanes) {
            const ${n.type} scaled = i == j ? ${n.of('root')} : a[(long)i * stride + j] / root;
            a[(long)i * stride + j] = scaled;
            column[i] = ${n.conjugate('scaled')};
        }
        ${t.meet(team)}
        for (int i = j + 1; i < bottom; i++) {
            __global ${n.type}* row = a + (long)i * stride;
            minus_${name}(row, column, row[j], j + 1, min(i + 1, last), lane, lanes);
        }
        ${t.meet(team)}
    }
    ${t.meet(team)}
    if (lane == 0) info[matrix] = failed;
    if (last - first < rows) return;
    for (int i = 0; i < rows; i++)
        for (int c = lane; c < rows; c += lanes) factor[(long)i * rows + c] = c <= i ? a[(long)i * stride + c] : ${n.of('0')};
}
