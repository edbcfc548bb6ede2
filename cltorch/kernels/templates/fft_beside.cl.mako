## Fourier transforms of `lanes` rows beside each other, one in each lane, through all passes (see fft_rows.cl.mako) in scratch memory of their work-item, which
## holds real and imaginary parts apart. Called by fft.py (CPU form). Squares of `lanes` rows and as many numbers are transposed where rows are read and
## written, so short rows fill vectors in every pass, and all lanes have one root. The last group of rows overlaps the one before, as do the last columns.
## `half` as in fft_whole.cl.mako; what lies at n - k needs no turning round here.
<%namespace name="parts" file="fft_parts.mako"/>
<%namespace name="halves" file="fft_halves.mako"/>
<%
vector = f"{real}{lanes}"
columns = lanes // 2
square = [f"v{k}" for k in range(lanes)]
%>\
% for k, step in enumerate(passes):
${parts.walk(f"pass_{k}_{name}", real, inverse, index, step, "room", "room")}\
% endfor
static void enter_${name}(const __global ${real}* in, __global ${real}* restrict out, const ${index} apart, const ${index} width, const ${index} room) {
    for (${index} at = 0; at < width; at += ${columns}) {
        const ${index} k = min(at, width - ${columns});
        ${vector} ${", ".join(f"{v} = vload{lanes}(0, in + {j} * apart + 2 * k)" for j, v in enumerate(square))};
% for line in turned:
        ${line}
% endfor
% for k in range(columns):
        vstore${lanes}(v${2 * k}, k + ${k}, out);
        vstore${lanes}(v${2 * k + 1}, k + ${k}, out + room);
% endfor
    }
}
static void leave_${name}(const __global ${real}* restrict in, __global ${real}* out, const ${index} width, const ${index} room) {
    for (${index} at = 0; at < width; at += ${columns}) {
        const ${index} k = min(at, width - ${columns});
        ${vector} ${", ".join(f"v{2 * k} = vload{lanes}(k + {k}, in), v{2 * k + 1} = vload{lanes}(k + {k}, in + room)" for k in range(columns))};
% for line in turned:
        ${line}
% endfor
% for j, v in enumerate(square):
        vstore${lanes}(${v}, 0, out + 2 * (${j} * width + k));
% endfor
    }
}
% if half:
static void halves_${name}(const __global ${real}* restrict from, const __global ${real}* ends, __global ${real}* restrict to, const ${index} h, const ${index} room) {
    const ${vector} r = vload${lanes}(0, from), i = vload${lanes}(0, from + room);
% if half == "unpack":
    vstore${lanes}(r + i, 0, to); vstore${lanes}(r - i, h, to);
    vstore${lanes}((${vector})0, 0, to + room); vstore${lanes}((${vector})0, h, to + room);
% else:
    const ${vector} last = vload${lanes}(h, from);
    vstore${lanes}(r + last, 0, to); vstore${lanes}(r - last, 0, to + room);
% endif
    for (${index} k = 1; k < h; k++) {
        const ${real} c = ends[2 * k], s = ${"-" if inverse else ""}ends[2 * k + 1];
        ${vector} ar = vload${lanes}(k, from), ai = vload${lanes}(k, from + room), br = vload${lanes}(h - k, from), bi = vload${lanes}(h - k, from + room);
${halves.mixed(vector, real, half == "unpack")}\
        vstore${lanes}(ar, k, to); vstore${lanes}(ai, k, to + room);
    }
}
% endif
__kernel void ${name}(const __global ${real}* input, const __global ${real}* roots,
% if half:
                      const __global ${real}* ends,
% endif
                      __global ${real}* output, __global ${real}* scratch, const ${index} apart, const ${index} start, const ${index} n,
                      const ${index} room,
% for k in range(len(passes)):
                      const ${index} m${k}, const ${index} stride${k}, const ${index} turn${k},
% endfor
                      const ${index} batch, const ${index} groups, const ${index} chunk, const ${real} scale) {
    const ${index} begin = get_global_id(0) * chunk, end = min(begin + chunk, groups);
    __global ${real}* mine = scratch + 4 * room * get_global_id(0);
    __global ${real}* other = mine + 2 * room;
    for (${index} group = begin; group < end; group++) {
        const ${index} row = min(group * ${lanes}, batch - ${lanes});
        enter_${name}(input + start + row * apart, mine, apart, ${"n + 1" if half == "pack" else "n"}, room);
<% steps = ["pack"] * (half == "pack") + list(range(len(passes))) + ["unpack"] * (half == "unpack") %>\
% for at, k in enumerate(steps):
<% source, target = ("other", "mine") if at % 2 else ("mine", "other") %>\
% if isinstance(k, str):
        halves_${name}(${source}, ends, ${target}, n, room);
% else:
        pass_${k}_${name}(${source}, roots, ${target}, n, room, m${k}, stride${k}, turn${k}, scale);
% endif
% endfor
<% width = "(n + 1)" if half == "unpack" else "n" %>\
        leave_${name}(${"other" if len(steps) % 2 else "mine"}, output + 2 * row * ${width}, ${width}, room);
    }
}
