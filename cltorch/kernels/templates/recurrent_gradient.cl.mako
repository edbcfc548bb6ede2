## Gradients through all steps of a recurrent layer, the last step first. Called by recurrent.py. In each step a team makes, for its
## rows, the gradients of the gates' products from the gradient of the state, and what reaches the state before other than by the
## weights (`base`). Then it adds the product with the packed weights. Cells' gradients alternate between two buffers, so that the
## last panel, which overlaps the one before, finds what it reads unchanged. Nothing comes from rows that have ended.
<%namespace name="t" file="recurrent_parts.mako"/>
<%
    lstm, gru = p.mode == "LSTM", p.mode == "GRU"
    width = tile.lanes * tile.parts
%>
__kernel void ${name}(const __global ${real}* restrict grad_states, const __global ${real}* restrict grad_last,
                      const __global ${real}* restrict packed, const __global ${real}* restrict states,
                      __global ${real}* grads, __global ${real}* carried, __global ${real}* base,
% if lstm:
                      const __global ${real}* restrict grad_last_cell, const __global ${real}* restrict gates,
                      const __global ${real}* restrict cells, const __global ${real}* restrict cell,
                      __global ${real}* grad_cell, __global ${real}* other_cell,
% elif gru:
                      const __global ${real}* restrict gates, const __global ${real}* restrict hidden, __global ${real}* through,
% endif
% if p.ragged:
                      const __global int* restrict lengths,
% endif
                      const int count, const int batch, const int size, const int tiles, const int chunk,
                      const int panel_gap, const int step_gap, const int part_gap) {
${t.types(real, tile.lanes)}
${t.head(tile.team)}
    const int end_tile = min((team + 1) * chunk, tiles);
    const int first_row = team * chunk * ${tile.rows}, end_row = min(end_tile * ${tile.rows}, batch);
    for (int step = count - 1; step >= 0; step--) {
        const int t = ${"count - 1 - step" if p.backwards else "step"}, past = ${"t + 1" if p.backwards else "t - 1"};
        const __global ${real}* arriving = step == count - 1 ? grad_last : carried;
% if lstm:
        const __global ${real}* old_cell = step == count - 1 ? grad_last_cell : step & 1 ? grad_cell : other_cell;
        __global ${real}* new_cell = step & 1 ? other_cell : grad_cell;
% endif
        for (int n = first_row; n < end_row; n++) {
            const long row = (long)t * batch + n;
% if p.ragged:
            const bool live = t < lengths[n], starts = ${"t >= lengths[n] - 1" if p.backwards else "step == 0"};
% else:
            const bool starts = step == 0;
% endif
            for (int unit = member * ${tile.lanes}; unit < size; unit += ${tile.team * tile.lanes}) {
                const int j = min(unit, size - ${tile.lanes});
                const long own = (long)n * size + j;
                __global ${real}* grad = grads + row * ${gates} * size + j;
                const vector brought = ${t.seen("arriving", "own")};
% if p.outer:
                const vector h = brought + ${t.seen("grad_states", "row * size + j")};
% else:
                const vector h = brought;
% endif
                vector rest = 0;
% if lstm:
                const __global ${real}* gate = gates + row * 4 * size + j;
                const vector i = ${t.seen("gate", "0")}, f = ${t.seen("gate", "size")};
                const vector g = ${t.seen("gate", "2 * size")}, o = ${t.seen("gate", "3 * size")};
                const vector before = starts ? ${t.seen("cell", "own")} : ${t.seen("cells", "((long)past * batch + n) * size + j")};
                const vector bent = tanh(${t.seen("cells", "row * size + j")});
                const vector kept = ${t.seen("old_cell", "own")};
                const vector inner = kept + h * o * (1 - bent * bent);
                vector of_cell = inner * f;
                vector d0 = inner * g * i * (1 - i), d1 = inner * before * f * (1 - f);
                vector d2 = inner * i * (1 - g * g), d3 = h * bent * o * (1 - o);
% elif gru:
                const __global ${real}* gate = gates + row * 4 * size + j;
                const vector r = ${t.seen("gate", "0")}, z = ${t.seen("gate", "size")};
                const vector g = ${t.seen("gate", "2 * size")}, product = ${t.seen("gate", "3 * size")};
                const vector before = starts ? ${t.seen("hidden", "own")} : ${t.seen("states", "((long)past * batch + n) * size + j")};
                vector d2 = h * (1 - z) * (1 - g * g);
                vector d0 = d2 * product * r * (1 - r), d1 = h * (before - g) * z * (1 - z);
                rest = h * z;
% else:
                const vector y = ${t.seen("states", "row * size + j")};
% if p.mode == "RNN_TANH":
                vector d0 = h * (1 - y * y);
% else:
                vector d0 = y > 0 ? h : (vector)(0);
% endif
% endif
% if p.ragged:
                if (!live) {
                    ${" = ".join(f"d{g}" for g in range(gates))} = 0;
                    rest = brought;
% if lstm:
                    of_cell = kept;
% endif
                }
% endif
% for g in range(gates):
                ${t.at("grad", f"{g} * size")} = d${g};
% endfor
% if gru:
                __global ${real}* passed = through + row * 3 * size + j;
                ${t.at("passed", "0")} = d0;
                ${t.at("passed", "size")} = d1;
                ${t.at("passed", "2 * size")} = d2 * r;
% elif lstm:
                ${t.at("new_cell", "own")} = of_cell;
% endif
                ${t.at("base", "own")} = rest;
            }
        }
${t.meet(tile.team)}
        for (int unit = member; unit * ${width} < size; unit += ${tile.team}) {
            const int j = min(unit * ${width}, size - ${width});
            const __global ${real}* panel = packed + unit * (long)panel_gap;
            for (int tile = team * chunk; tile < end_tile; tile++) {
% for r in range(tile.rows):
                const int n${r} = min(tile * ${tile.rows} + ${r}, batch - 1);
                const __global ${real}* left${r} = ${"through" if gru else "grads"} + ((long)t * batch + n${r}) * ${gates} * size;
                vector ${", ".join(f"sum{r}_{v} = " + capture(t.seen, "base", f"(long)n{r} * size + j + {v * tile.lanes}") for v in range(tile.parts))};
% endfor
${t.multiply(real, tile, f"{gates} * size")}
% for r in range(tile.rows):
% for v in range(tile.parts):
                ${t.at("carried", f"(long)n{r} * size + j + {v * tile.lanes}")} = sum${r}_${v};
% endfor
% endfor
            }
        }
${t.meet(tile.team)}
    }
}
