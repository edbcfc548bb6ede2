## Weights in the order in which the products of recurrent_steps and recurrent_gradient read them: packed[panel][step][group][unit].
## Called by recurrent.py. A team takes `chunk` steps of panels in a row; the last panel is moved back so that it is whole.
<%namespace name="t" file="recurrent_parts.mako"/>
__kernel void ${name}(const __global ${real}* weight, __global ${real}* packed, const int panels, const int depth, const int groups,
                      const int lanes, const int size, const int by_group, const int by_unit, const int by_step,
                      const int chunk) {
${t.head(tile.team)}
    const int end = min((team + 1) * chunk, panels * depth);
    for (int at = team * chunk; at < end; at++) {
        const int step = at % depth, unit = min(at / depth * lanes, size - lanes);
        const __global ${real}* from = weight + unit * (long)by_unit + step * (long)by_step;
        __global ${real}* to = packed + (long)at * groups * lanes;
        for (int g = 0; g < groups; g++)
            for (int l = member; l < lanes; l += ${tile.team})
                to[g * lanes + l] = from[g * (long)by_group + l * (long)by_unit];
    }
}
