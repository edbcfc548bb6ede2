// Random numbers in double, from the same words as `philox.cl`.

// Uniform in [0, 1): 53 bits of two words.
static DOUBLE uniform_DOUBLE(ULONG counter, ulong seed) {
    return convert_DOUBLE(as_ULONG(bits64_LONG(counter, seed)) >> 11) * 1.1102230246251565e-16;
}

// Standard normal by Box and Muller's formula.
static DOUBLE normal_DOUBLE(ULONG counter, ulong seed) {
    UINT second;
    const UINT first = philox_UINT(counter, seed, &second);
    const DOUBLE radius = (convert_DOUBLE(first) + 1.0) * 2.3283064365386963e-10;
    const DOUBLE angle = convert_DOUBLE(second) * 1.4629180792671596e-09;
    return sqrt(-2.0 * log(radius)) * cos(angle);
}
