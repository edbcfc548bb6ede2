## Rotations as linalg_ql and linalg_gk write them down, done to rows. Called by linalg.py. Rows are real (complex ones are twice as long); a team
## takes ${width} columns of all of them. Row i goes where `place` says, negated where that is negative (~place then).
<%namespace name="t" file="linalg_team.mako"/>
<% V, P = (n.vector, f"vector_{name}") if team == 1 else (n.type, n.type) %>\
<% vectors = range(width // (n.lanes * team)) %>\
% if team == 1:
typedef ${n.vector} vector_${name} __attribute__((aligned(${n.itemsize})));
% endif
__kernel void ${name}(const __global ${n.type}* input, const __global ${n.type}2* rotations, const __global int* sweeps,
                      const __global int* place, __global ${n.type}* result, __global ${n.type}* work, const int rows, const int columns,
                      const int room, const int most, const int blocks) {
${t.head(team)}
    const long of = matrix / blocks;
    const int first = matrix % blocks * ${width}, width = min(${width}, columns - first);
    input += of * rows * columns + first;
    result += of * rows * columns + first;
    rotations += of * room;
    sweeps += of * (2 * most + 1);
    place += of * rows;
    __global ${P}* own = (__global ${P}*)(work + matrix * rows * ${width})${" + lane" if team > 1 else ""};
    for (int i = 0; i < rows; i++)
% if team == 1:
        for (int j = 0; j < ${width}; j++) ((__global ${n.type}*)own)[i * ${width} + j] = j < width ? input[(long)i * columns + j] : 0;
% else:
        own[i * ${team}] = lane < width ? input[(long)i * columns + lane] : 0;
% endif
    const int count = sweeps[0];
    for (int k = 0; k < count; k++) {
        const int turns = sweeps[2 + 2 * k], step = turns < 0 ? -${width // n.lanes} : ${width // n.lanes};
        __global ${P}* at = own + (long)sweeps[1 + 2 * k] * ${width // n.lanes};
% for v in vectors:
        ${V} carried${v} = at[${v}];
% endfor
        for (int i = abs(turns); i > 0; i--) {
            const ${n.type} c = (*rotations).x, s = (*rotations).y;
            rotations++;
% for v in vectors:
            const ${V} next${v} = at[step + ${v}];
            at[${v}] = c * carried${v} + s * next${v};
            carried${v} = c * next${v} - s * carried${v};
% endfor
            at += step;
        }
% for v in vectors:
        at[${v}] = carried${v};
% endfor
    }
    for (int i = 0; i < rows; i++) {
        const int to = place[i] < 0 ? ~place[i] : place[i];
        const ${n.type} sign = place[i] < 0 ? -1 : 1;
% if team == 1:
        for (int j = 0; j < width; j++) result[(long)to * columns + j] = sign * ((const __global ${n.type}*)own)[i * ${width} + j];
% else:
        if (lane < width) result[(long)to * columns + lane] = sign * own[i * ${team}];
% endif
    }
}
