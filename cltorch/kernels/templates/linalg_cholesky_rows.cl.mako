## The rows below the diagonal block that `linalg_cholesky` has finished, columns `first` to `last` of them: a unit is ${block} rows. Called by
## linalg.py (CPU form), with the same arguments.
<%namespace name="t" file="linalg_team.mako"/>
${t.vectors(name, n)}
${t.minus(name, n, team)}
__kernel void ${name}(const __global int* info, __global ${n.type}* work, __global ${n.type}* finished,
                      const int batch, const int rows, const int stride, const int first, const int last, const int blocks) {
${t.head(team)}
    const long of = matrix / blocks;
    const int top = last + matrix % blocks * ${block}, bottom = min(top + ${block}, rows);
    __global ${n.type}* a = work + of * rows * stride;
    finished += of * ${panel} * stride;
    if (info[of]) return;
    for (int j = first; j < last; j++) {
        __global ${n.type}* column = finished + (j - first) * stride;
        const ${n.real} root = ${n.re('a[(long)j * stride + j]')};
        for (int i = top; i < bottom; i++) {
            __global ${n.type}* row = a + (long)i * stride;
            const ${n.type} scaled = row[j] / root;
            row[j] = scaled;
            column[i] = ${n.conjugate('scaled')};
            minus_${name}(row, column, scaled, j + 1, last, 0, 1);
        }
    }
}
