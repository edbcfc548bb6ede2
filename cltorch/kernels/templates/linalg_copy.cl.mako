## Rows of `columns` elements, `from_apart` apart, to where they are `to_apart` apart, with zeros behind; `lower`: with zeros right of the diagonal. Called
## by linalg.py, before and after what takes several launches. A team has `chunk` of `total` rows.
<%namespace name="t" file="linalg_team.mako"/>
${t.vectors(name, n)}
__kernel void ${name}(const __global ${n.type}* restrict source, __global ${n.type}* restrict target, const int rows, const int columns,
                      const int from_apart, const int to_apart, const int lower, const long total, const int chunk) {
${t.head(team)}
    const long last = min((matrix + 1) * chunk, total);
    for (long unit = matrix * chunk; unit < last; unit++) {
        const __global ${n.type}* from = source + unit * from_apart;
        __global ${n.type}* to = target + unit * to_apart;
        const int kept = lower ? min((int)(unit % rows) + 1, columns) : columns;
        int c = lane;
% if team == 1:
        for (; c + ${n.lanes} <= kept; c += ${n.lanes}) *(__global vector_${name}*)(to + c) = *(const __global vector_${name}*)(from + c);
% endif
        for (; c < kept; c += lanes) to[c] = from[c];
        for (; c < to_apart; c += lanes) to[c] = ${n.of('0')};
    }
}
