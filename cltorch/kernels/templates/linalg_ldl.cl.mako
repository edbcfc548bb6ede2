## Factors of a symmetric (${"hermitian"}: Hermitian) matrix A = L D L^T by the diagonal pivoting of Bunch and Kaufman (1977), of which the
## lower triangle is read and written, packed as LAPACK's sytrf and hetrf do: blocks of D of order 1 or 2 on the diagonal, multipliers
## below. Called by linalg.py. `pivots` counts from 1; of a block of order 2 both are negative. `info` is the first block that is zero.
<%namespace name="t" file="linalg_team.mako"/>
<% turned = n.conjugate if hermitian else (lambda a: a) %>
<% fixed = (lambda a: n.of(n.re(a))) if hermitian else (lambda a: a) %>
#define AT(i, j) a[(long)(i) * order + (j)]
__kernel void ${name}(const __global ${n.type}* input, __global ${n.type}* packed, __global int* pivots, __global int* info,
                      const int batch, const int order, const int columns) {
${t.head(team)}
    const ${n.real} alpha = (${n.real})0.6403882032022076;  // (1 + sqrt(17)) / 8: keeps what the elements grow by smallest
    __global ${n.type}* a = packed + matrix * order * order;
    input += matrix * order * order;
    pivots += matrix * order;
    for (int i = lane; i < order; i += lanes)
        for (int j = 0; j < order; j++) AT(i, j) = j <= i ? input[(long)i * order + j] : (${n.type})0;
    if (lane == 0) info[matrix] = 0;
    ${t.meet(team)}
    for (int k = 0, width; k < order; k += width) {
        int largest = k;  // every member looks for itself, as all agree without a word
        ${n.real} below = 0;
        const ${n.real} here = ${n.pivot_size(fixed("AT(k, k)"))};
        for (int i = k + 1; i < order; i++)
            if (${n.pivot_size("AT(i, k)")} > below) { below = ${n.pivot_size("AT(i, k)")}; largest = i; }
        const bool empty = !(fmax(here, below) > 0) || here != here;
        int with = k;
        width = 1;
        if (!empty && here < alpha * below) {
            ${n.real} beside = 0;
            for (int j = k; j < largest; j++) beside = fmax(beside, ${n.pivot_size("AT(largest, j)")});
            for (int i = largest + 1; i < order; i++) beside = fmax(beside, ${n.pivot_size("AT(i, largest)")});
            if (here < alpha * below * (below / beside)) {
                with = largest;
                if (${n.pivot_size(fixed("AT(largest, largest)"))} < alpha * beside) width = 2;
            }
        }
        const int last = k + width - 1;
        ${t.meet(team)}
        if (with != last) {
            for (int i = last + 1 + lane; i < order; i += lanes) {
                if (i == with) continue;
                __global ${n.type}* one = &AT(i, last);
                __global ${n.type}* two = i > with ? &AT(i, with) : &AT(with, i);
                const ${n.type} kept = *one;
                *one = i > with ? *two : ${turned("*two")};
                *two = i > with ? kept : ${turned("kept")};
            }
            if (lane == 0) {
                AT(with, last) = ${turned("AT(with, last)")};
                const ${n.type} corner = AT(last, last);
                AT(last, last) = AT(with, with);
                AT(with, with) = corner;
                if (width == 2) {
                    const ${n.type} kept = AT(last, k);
                    AT(last, k) = AT(with, k);
                    AT(with, k) = kept;
                }
            }
        }
        if (lane == 0) {
            if (empty && info[matrix] == 0) info[matrix] = k + 1;
            pivots[k] = width == 1 ? with + 1 : -(with + 1);
            if (width == 2) pivots[last] = -(with + 1);
% if hermitian:
            AT(k, k) = ${fixed("AT(k, k)")};
            AT(last, last) = ${fixed("AT(last, last)")};
% endif
        }
        ${t.meet(team)}
        if (empty) continue;
        if (width == 1) {
            const ${n.type} scale = ${n.quotient(n.of("1"), "AT(k, k)")};
            for (int i = k + 1 + lane; i < order; i += lanes)
                for (int j = k + 1; j <= i; j++) {
                    const ${n.type} factor = ${n.product("scale", turned("AT(j, k)"))};
                    AT(i, j) -= ${n.product("AT(i, k)", "factor")};
                }
            ${t.meet(team)}
            for (int i = k + 1 + lane; i < order; i += lanes) AT(i, k) = ${n.product("scale", "AT(i, k)")};
        } else {  // multipliers are the two columns times the inverse of the block, whose parts are taken relative to its corner
            const ${n.type} corner = AT(last, k);
            const ${n.type} lower = ${n.quotient("AT(last, last)", "corner")};
            const ${n.type} upper = ${n.quotient("AT(k, k)", turned("corner"))};
            const ${n.type} scale = ${n.quotient(n.of("1"), f"({n.product('lower', 'upper')} - {n.of('1')})")};
            for (int i = last + 1 + lane; i < order; i += lanes)
                for (int j = last + 1; j <= i; j++) {
                    ${n.type} first, second;
                    ${multipliers("j")}
                    AT(i, j) -= ${n.product("AT(i, k)", turned("first"))} + ${n.product("AT(i, last)", turned("second"))};
                }
            ${t.meet(team)}
            for (int j = last + 1 + lane; j < order; j += lanes) {
                ${n.type} first, second;
                ${multipliers("j")}
                AT(j, k) = first;
                AT(j, last) = second;
            }
        }
        ${t.meet(team)}
    }
}
<%def name="multipliers(j)">\
first = ${n.quotient(n.product("scale", "(" + n.product("lower", f"AT({j}, k)") + f" - AT({j}, last))"), turned("corner"))};
                    second = ${n.quotient(n.product("scale", "(" + n.product("upper", f"AT({j}, last)") + f" - AT({j}, k))"), "corner")};\
</%def>
