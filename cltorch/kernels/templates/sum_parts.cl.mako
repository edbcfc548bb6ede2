## out[i] = sum over parts of partial[part][i] (+ bias[i % columns]): the last launch of products whose k was taken in parts.
__kernel void ${name}(const __global ${number.compute}* restrict partial,
% if bias:
                      const __global ${number.storage}* restrict bias, const int columns,
% endif
                      __global ${number.storage}* restrict out, const int numel, const int parts, const int chunk) {
    const int first = get_global_id(0) * chunk, end = min(first + chunk, numel);
    for (int i = first; i < end; i++) {
        ${number.compute} sum = ${number.zero};
        for (int part = 0; part < parts; part++)
            sum += partial[part * (${index})numel + i];
% if bias:
        sum += ${number.load("bias", "i % columns")};
% endif
        ${number.store("out", "i", "sum")}
    }
}
