## The reflections `first` to `last` of linalg_qr, done to the columns from `last` on. Called by linalg.py. A team has ${width} of them.
<%namespace name="t" file="linalg_team.mako"/>
${t.vectors(name, n)}
${t.reflect(name, n, team)}
__kernel void ${name}(__global ${n.type}* work, const __global ${n.type}* reflectors, const __global ${n.type}* factors, const int batch,
                      const int rows, const int columns, const int stride, const int first, const int last, const int blocks) {
${t.head(team)}
    const long of = matrix / blocks;
    const int depth = min(rows, columns), left = last + matrix % blocks * ${width}, right = min(left + ${width}, columns);
    for (int k = first; k < last; k++) {
        const ${n.type} tau = factors[of * depth + k];
        reflect_${name}(work + of * columns * stride, stride, reflectors + (of * depth + k) * stride, ${n.conjugate('tau')}, k, rows,
                        left, right, lane, lanes);  // on a GPU each member has its own columns
    }
}
