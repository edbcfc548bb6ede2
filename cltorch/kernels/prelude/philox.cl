// Philox-4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): ten rounds of a keyed bijection of
// 128 bits. The key is the seed; the counter's low 64 bits number the element, its high 64 bits are 0. The result depends
// on nothing else, so it is the same on every device and in every order. UINT, ULONG, FLOAT... have the kernel's lanes.

static UINT philox_high_UINT(UINT a, uint b) {
    return convert_UINT((convert_ULONG(a) * (ULONG)((ulong)b)) >> 32);
}

// The first word; the second one is written to *second.
static UINT philox_UINT(ULONG counter, ulong seed, UINT* second) {
    UINT c0 = convert_UINT(counter & 0xffffffffUL), c1 = convert_UINT(counter >> 32), c2 = (UINT)(0u), c3 = (UINT)(0u);
    uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
    for (int round = 0; round < 10; round++) {
        const UINT high0 = philox_high_UINT(c0, 0xD2511F53u), low0 = c0 * 0xD2511F53u;
        const UINT high1 = philox_high_UINT(c2, 0xCD9E8D57u), low1 = c2 * 0xCD9E8D57u;
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    *second = c1;
    return c0;
}

static INT bits32_INT(ULONG counter, ulong seed) {
    UINT second;
    return as_INT(philox_UINT(counter, seed, &second));
}

// The second word above the first.
static LONG bits64_LONG(ULONG counter, ulong seed) {
    UINT second;
    const UINT first = philox_UINT(counter, seed, &second);
    return as_LONG((convert_ULONG(second) << 32) | convert_ULONG(first));
}

// Uniform in [0, 1): the first `bits` (at most 24) of a word, so that no dtype with that precision rounds it up to 1.
static FLOAT uniform_FLOAT(ULONG counter, ulong seed, int bits) {
    UINT second;
    const UINT word = philox_UINT(counter, seed, &second) >> (uint)(32 - bits);
    return convert_FLOAT(word) * (1.0f / (float)(1 << bits));
}

// Standard normal by Box and Muller's formula: the radius from the first word, in (0, 1], the angle from the second.
static FLOAT normal_FLOAT(ULONG counter, ulong seed) {
    UINT second;
    const UINT first = philox_UINT(counter, seed, &second);
    const FLOAT radius = (convert_FLOAT(first) + 1.0f) * 2.3283064365386963e-10f;
    const FLOAT angle = convert_FLOAT(second >> 8) * 3.7450702829239286e-07f;
    return sqrt(-2.0f * log(radius)) * cos(angle);
}
