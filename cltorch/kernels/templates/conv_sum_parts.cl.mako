## out[i] = sum over parts of partial[part][i]: the last launch of a weight gradient whose images were shared out in parts.
__kernel void ${name}(const __global ${number.compute}* restrict partial, __global ${number.storage}* restrict out,
                      const int numel, const int parts, const int chunk) {
    const int first = get_global_id(0) * chunk, end = min(first + chunk, numel);
    for (int i = first; i < end; i++) {
        ${number.compute} sum = ${number.zero};
        for (int part = 0; part < parts; part++)
            sum += partial[part * (${index})numel + i];
        ${number.store("out", "i", "sum")}
    }
}
