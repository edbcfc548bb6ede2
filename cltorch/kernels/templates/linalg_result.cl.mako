## Rows of `work`, `stride` apart, side by side; `lower`: with zeros right of the diagonal. Called by linalg.py.
<%namespace name="t" file="linalg_team.mako"/>
__kernel void ${name}(const __global ${n.type}* work, __global ${n.type}* result, const int rows, const int columns, const int stride,
                      const int lower) {
${t.head(team)}
    const int i = matrix % rows;  // a team has one row
    for (int c = lane; c < columns; c += lanes)
        result[matrix * columns + c] = lower && c > i ? ${n.of('0')} : work[matrix * stride + c];
}
