## Of each query, what the gradient of the result and the result have in common, GPU form. Called by attention.py.
<%namespace name="a" file="attention_group_parts.mako"/>
__kernel void ${name}(const __global ${t.real}* restrict grad, const __global ${t.real}* restrict result, __global ${t.real}* restrict dots,
                      const int inner, const int length, const int columns, const int units, ${a.strides("grad")}) {
    const int unit = get_global_id(0);
    if (unit >= units)
        return;
    const int head = unit / length, i = unit % length;
    const __global ${t.real}* arrived = ${a.start("grad")} + i * grad_row;
    const __global ${t.real}* made = result + ((head / inner * (long)length + i) * inner + head % inner) * columns;
    ${t.real} sum = 0;
    for (int c = 0; c < columns; c++)
        sum += arrived[c] * made[c];
    dots[unit] = sum;
}
