## The lower factor of a positive definite matrix, of which the lower triangle is read. Called by linalg.py. `info` is the order of the
## first leading minor that is not positive, or 0; `work` holds a column.
<%namespace name="t" file="linalg_team.mako"/>
__kernel void ${name}(const __global ${n.type}* input, __global ${n.type}* factor, __global int* info, __global ${n.type}* work,
                      const int batch, const int rows, const int columns) {
${t.head(team)}
    __global ${n.type}* a = factor + matrix * rows * rows;
    __global ${n.type}* column = work + matrix * rows;
    input += matrix * rows * rows;
    for (int i = lane; i < rows; i += lanes)
        for (int c = 0; c < rows; c++) a[(long)i * rows + c] = c <= i ? input[(long)i * rows + c] : (${n.type})0;
    int failed = 0;
    ${t.meet(team)}
    for (int j = 0; j < rows; j++) {
        const ${n.real} square = ${n.re('a[(long)j * rows + j]')};
        if (!(square > 0)) { failed = j + 1; break; }
        const ${n.real} root = sqrt(square);
        ${t.meet(team)}
        for (int i = j + lane; i < rows; i += lanes) {
            const ${n.type} scaled = i == j ? ${n.of('root')} : a[(long)i * rows + j] / root;
            a[(long)i * rows + j] = scaled;
            column[i] = scaled;
        }
        ${t.meet(team)}
        for (int i = j + 1 + lane; i < rows; i += lanes) {
            __global ${n.type}* row = a + (long)i * rows;
            const ${n.type} own = column[i];
            for (int c = j + 1; c <= i; c++) row[c] -= ${n.conjugate_product('column[c]', 'own')};
        }
        ${t.meet(team)}
    }
    if (lane == 0) info[matrix] = failed;
}
