## What a finished panel leaves of the matrix behind it: its columns `first` to `last` times rows of ``right`` are taken from rows and columns
## from `last` on. Called by linalg.py. A team has ${block} rows and ${width} columns, and adds up ${tile} rows at a time. `lower`: nothing right of the
## diagonal is asked for.
<%namespace name="t" file="linalg_team.mako"/>
<% rows_, vectors = range(tile), range(width // (n.lanes * team)) %>\
<% V = n.vector if team == 1 else n.type %>\
<% sums = [(f"sum{r}_{v}", f"turn{r}_{v}") for r in rows_ for v in vectors] %>\
${t.vectors(name, n)}
__kernel void ${name}(__global ${n.type}* work, const __global ${n.type}* right, const int batch, const int rows, const int stride,
                      const int first, const int last, const long room, const long start, const int lower, const int row_blocks, const int column_blocks) {
${t.head(team)}
    const int column = last + matrix % column_blocks * ${width} + lane;
    const int top = last + matrix / column_blocks % row_blocks * ${block}, bottom = min(top + ${block}, rows);
    if (lower && column - lane > bottom) return;
    const long of = matrix / column_blocks / row_blocks;
    __global ${n.type}* a = work + of * rows * stride;
    right += of * room + start + column;
    const int depth = last - first;
% if team == 1:
    ${V} b[${panel} * ${len(vectors)}];
    for (int k = 0; k < depth; k++)
        for (int v = 0; v < ${len(vectors)}; v++)
            b[k * ${len(vectors)} + v] = column + v * ${n.lanes} < stride ? ((const __global vector_${name}*)(right + (long)k * stride))[v] : 0;
% endif
    for (int i = top; i < bottom; i += ${tile}) {
% for r in rows_:
        __global ${n.type}* row${r} = a + (long)min(i + ${r}, rows - 1) * stride;
% for v in vectors:
        ${V} sum${r}_${v} = 0;
% endfor
% endfor
% if team == 1:
${t.turning(n, [turn for _, turn in sums])}\
% endif
        for (int k = 0; k < depth; k++) {
% for v in vectors:
% if team == 1:
            const ${V} b${v} = b[k * ${len(vectors)} + ${v}];
% else:
            const ${V} b${v} = column + ${v * team} < stride ? right[(long)k * stride + ${v * team}] : ${n.of('0')};
% endif
% endfor
% for r in rows_:
            const ${n.type} a${r} = row${r}[first + k];
% for v in vectors:
% if team == 1:
            ${t.less(n, f"sum{r}_{v}", f"turn{r}_{v}", f"a{r}", f"b{v}")}
% else:
            sum${r}_${v} -= ${n.product(f"a{r}", f"b{v}")};
% endif
% endfor
% endfor
        }
% if team == 1:
${t.turned(n, sums)}\
% endif
% for r in rows_:
% for v in vectors:
% if team == 1:
        if (i + ${r} < bottom && column + ${v * n.lanes} < stride) *(__global vector_${name}*)(row${r} + column + ${v * n.lanes}) += sum${r}_${v};
% else:
        if (i + ${r} < bottom && column + ${v * team} < stride) row${r}[column + ${v * team}] += sum${r}_${v};
% endif
% endfor
% endfor
    }
}
