## Solutions of systems from the factors and pivots that linalg_ldl.cl.mako writes (LAPACK's sytrs and hetrs). Called by linalg.py. A team has
## one matrix and up to ${width} right-hand sides, whose rows are contiguous; a member has some of these for itself from first to last.
<%namespace name="t" file="linalg_team.mako"/>
<% turned = n.conjugate if hermitian else (lambda a: a) %>
#define A(i, j) a[(long)(i) * order + (j)]
#define X(i) solutions[(long)(i) * columns + c]
#define SWAP(i, j) { const ${n.type} kept = X(i); X(i) = X(j); X(j) = kept; }
__kernel void ${name}(const __global ${n.type}* packed, const __global int* pivots, const __global ${n.type}* right,
                      __global ${n.type}* solutions, const int batch, const int order, const int columns, const int blocks) {
${t.head(team)}
    const __global ${n.type}* a = packed + matrix / blocks * order * order;
    const int first = matrix % blocks * ${width}, end = min(first + ${width}, columns);
    pivots += matrix / blocks * order;
    right += matrix / blocks * order * columns;
    solutions += matrix / blocks * order * columns;
    for (int i = 0; i < order; i++)
        for (int c = first + lane; c < end; c += lanes) X(i) = right[(long)i * columns + c];
    for (int k = 0, width; k < order; k += width) {
        width = pivots[k] > 0 ? 1 : 2;
        const int last = k + width - 1, with = abs(pivots[k]) - 1;
        const ${n.type} corner = A(last, k);
        for (int c = first + lane; c < end; c += lanes) {
            if (with != last) SWAP(last, with)
            for (int i = last + 1; i < order; i++) X(i) -= ${n.product("A(i, k)", "X(k)")};
            if (width == 1) {
                X(k) = ${n.quotient("X(k)", "corner")};
                continue;
            }
            for (int i = last + 1; i < order; i++) X(i) -= ${n.product("A(i, last)", "X(last)")};
            const ${n.type} upper = ${n.quotient("A(k, k)", turned("corner"))}, lower = ${n.quotient("A(last, last)", "corner")};
            const ${n.type} scale = ${n.product("upper", "lower")} - ${n.of("1")};
            const ${n.type} one = ${n.quotient("X(k)", turned("corner"))}, two = ${n.quotient("X(last)", "corner")};
            X(k) = ${n.quotient(f"({n.product('lower', 'one')} - two)", "scale")};
            X(last) = ${n.quotient(f"({n.product('upper', 'two')} - one)", "scale")};
        }
    }
    for (int last = order - 1, width; last >= 0; last -= width) {
        width = pivots[last] > 0 ? 1 : 2;
        const int with = abs(pivots[last]) - 1;
        for (int c = first + lane; c < end; c += lanes) {
            for (int k = last - width + 1; k <= last; k++)
                for (int i = last + 1; i < order; i++) X(k) -= ${n.product(turned("A(i, k)"), "X(i)")};
            if (with != last) SWAP(last, with)
        }
    }
}
