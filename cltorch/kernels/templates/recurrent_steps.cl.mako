## All steps of a recurrent layer in one direction. Called by recurrent.py. A team has `chunk` tiles of ${tile.rows} rows. In each step it
## takes ${tile.lanes} units at a time (a member of a work-group: one), multiplies the states of the step before by the packed
## weights of all gates, adds the inputs' products, and makes the new state. Rows that have ended (ragged) give zeros; a row
## starts from its first state. A state is read after the team has met, so nobody reads one that is not there yet.
<%namespace name="t" file="recurrent_parts.mako"/>
<%
    lstm, gru = p.mode == "LSTM", p.mode == "GRU"
    kept = 4
%>
${t.functions(name, real, tile.lanes)}
__kernel void ${name}(const __global ${real}* restrict inputs, const __global ${real}* restrict packed,
                      const __global ${real}* restrict hidden, __global ${real}* states, __global ${real}* last,
% if lstm:
                      const __global ${real}* restrict cell, __global ${real}* last_cell, __global ${real}* gates,
                      __global ${real}* cells,
% elif gru:
                      const __global ${real}* restrict bias, __global ${real}* gates,
% endif
% if p.ragged:
                      const __global int* restrict lengths,
% endif
                      const int count, const int batch, const int size, const int tiles, const int chunk,
                      const int panel_gap, const int step_gap, const int part_gap) {
${t.types(real, tile.lanes)}
${t.head(tile.team)}
    const int end_tile = min((team + 1) * chunk, tiles), panels = (size + ${tile.lanes - 1}) / ${tile.lanes};
    for (int step = 0; step < count; step++) {
        const int t = ${"count - 1 - step" if p.backwards else "step"}, past = ${"t + 1" if p.backwards else "t - 1"};
        for (int unit = member; unit < panels; unit += ${tile.team}) {
            const int j = min(unit * ${tile.lanes}, size - ${tile.lanes});
            const __global ${real}* panel = packed + unit * (long)panel_gap;
            for (int tile = team * chunk; tile < end_tile; tile++) {
% for r in range(tile.rows):
                const int n${r} = min(tile * ${tile.rows} + ${r}, batch - 1);
% if p.ragged:
                const bool live${r} = t < lengths[n${r}], starts${r} = ${f"t >= lengths[n{r}] - 1" if p.backwards else "step == 0"};
                const bool ends${r} = ${"t == 0" if p.backwards else f"t == lengths[n{r}] - 1"};
% else:
                const bool starts${r} = step == 0, ends${r} = step == count - 1;
% endif
                const __global ${real}* left${r} = starts${r} ? hidden + (long)n${r} * size : states + ((long)past * batch + n${r}) * size;
                vector ${", ".join(f"sum{r}_{v} = 0" for v in range(tile.parts))};
% endfor
${t.multiply(real, tile, "size")}
% for r in range(tile.rows):
                {
                    const long row = (long)t * batch + n${r}, own = (long)n${r} * size + j;
                    const __global ${real}* given = inputs + row * ${gates} * size + j;
% if lstm:
                    __global ${real}* gate = gates + row * 4 * size + j;
                    const vector i = sigmoid_${name}(sum${r}_0 + ${t.seen("given", "0")});
                    const vector f = sigmoid_${name}(sum${r}_1 + ${t.seen("given", "size")});
                    const vector g = tanh(sum${r}_2 + ${t.seen("given", "2 * size")});
                    const vector o = sigmoid_${name}(sum${r}_3 + ${t.seen("given", "3 * size")});
                    const vector old = starts${r} ? ${t.seen("cell", "own")} : ${t.at("cells", f"((long)past * batch + n{r}) * size + j")};
                    const vector c = f * old + i * g;
                    vector h = o * tanh(c);
                    ${t.at("gate", "0")} = i;
                    ${t.at("gate", "size")} = f;
                    ${t.at("gate", "2 * size")} = g;
                    ${t.at("gate", "3 * size")} = o;
                    ${t.at("cells", "row * size + j")} = c;
                    if (ends${r})
                        ${t.at("last_cell", "own")} = c;
% elif gru:
                    __global ${real}* gate = gates + row * 4 * size + j;
                    const vector r = sigmoid_${name}(sum${r}_0 + ${t.seen("bias", "j")} + ${t.seen("given", "0")});
                    const vector z = sigmoid_${name}(sum${r}_1 + ${t.seen("bias", "size + j")} + ${t.seen("given", "size")});
                    const vector inner = sum${r}_2 + ${t.seen("bias", "2 * size + j")};
                    const vector g = tanh(${t.seen("given", "2 * size")} + r * inner);
                    vector h = g + z * (${t.seen(f"left{r}", "j")} - g);
                    ${t.at("gate", "0")} = r;
                    ${t.at("gate", "size")} = z;
                    ${t.at("gate", "2 * size")} = g;
                    ${t.at("gate", "3 * size")} = inner;
% elif p.mode == "RNN_TANH":
                    vector h = tanh(sum${r}_0 + ${t.seen("given", "0")});
% else:
                    const vector reached = sum${r}_0 + ${t.seen("given", "0")};
                    vector h = reached < 0 ? (vector)(0) : reached;
% endif
                    if (ends${r})
                        ${t.at("last", "own")} = h;
% if p.ragged:
                    if (!live${r})
                        h = 0;
% endif
                    ${t.at("states", "row * size + j")} = h;
                }
% endfor
            }
        }
${t.meet(tile.team)}
    }
}
