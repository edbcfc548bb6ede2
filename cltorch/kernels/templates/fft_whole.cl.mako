## Fourier transforms of whole blocks (rows, mostly), each through all passes (see fft_rows.cl.mako) in scratch memory of its work-item, which stays in the cache and
## holds real and imaginary parts apart. Called by fft.py (CPU form). `n` is the length of a block. `half`: rows are pairs of real numbers; their transforms are
## taken apart into the first half of those of the real ones behind the last pass (unpack), or put together from them before the first.
<%namespace name="parts" file="fft_parts.mako"/>
<%namespace name="halves" file="fft_halves.mako"/>
% for k, step in enumerate(passes):
<%
reads = "room" if k or half == "pack" else ""
writes = "" if step.last and half != "unpack" else "room"
%>\
${parts.walk(f"pass_{k}_{name}", real, inverse, index, step, reads, writes)}\
% endfor
__kernel void ${name}(const __global ${real}* input, const __global ${real}* roots,
% if half:
                      const __global ${real}* ends,
% endif
                      __global ${real}* output, __global ${real}* scratch, const ${index} apart, const ${index} start, const ${index} n,
                      const ${index} room,
% for k in range(len(passes)):
                      const ${index} m${k}, const ${index} stride${k}, const ${index} turn${k},
% endfor
                      const ${index} batch, const ${index} chunk, const ${real} scale) {
    const ${index} begin = get_global_id(0) * chunk, end = min(begin + chunk, batch);
    __global ${real}* mine = scratch + 4 * room * get_global_id(0);
    for (${index} row = begin; row < end; row++) {
        const __global ${real}* in = input + start + row * apart;
        __global ${real}* out = output + 2 * row * ${"(n + 1)" if half == "unpack" else "n"};
<%
place = lambda j: f"mine + {2 * (j % 2)} * room"
shift = int(half == "pack")
%>\
% if half == "pack":
        {
            const ${index} h = n;
            const __global ${real}* from = in;
            __global ${real}* to = mine;
${halves.ends(real, False, "", "room")}\
            for (${index} at = 0; at < h - 1; at += ${lanes}) {
                const ${index} k = 1 + min(at, h - 1 - ${lanes});
${halves.turned(real, lanes, inverse, False, "ends", "", "room")}\
            }
        }
% endif
% for k, step in enumerate(passes):
<%
source = place(k + shift - 1) if k + shift else "in"
target = "out" if step.last and half != "unpack" else place(k + shift)
%>\
        pass_${k}_${name}(${source}, roots, ${target}, n, room, m${k}, stride${k}, turn${k}, scale);
% endfor
% if half == "unpack":
        {
            const ${index} h = n;
            const __global ${real}* from = ${place(len(passes) - 1)};
            __global ${real}* to = out;
${halves.ends(real, True, "room", "")}\
            for (${index} at = 0; at < h - 1; at += ${lanes}) {
                const ${index} k = 1 + min(at, h - 1 - ${lanes});
${halves.turned(real, lanes, inverse, True, "ends", "room", "")}\
            }
        }
% endif
    }
}
