// Powers of integers.

// base ** exponent modulo 2^64 by repeated squaring; a negative exponent gives the reciprocal, rounded towards 0.
static long power_long(long base, long exponent) {
    if (exponent < 0)
        return base == 1 ? 1 : (base == -1 ? ((exponent & 1) ? -1 : 1) : 0);
    ulong result = 1, factor = (ulong)base;
    for (ulong rest = (ulong)exponent; rest != 0; rest >>= 1) {
        if (rest & 1)
            result *= factor;
        factor *= factor;
    }
    return (long)result;
}

// The greatest common divisor of two numbers, not negative (but for the least number, which has no opposite); Euclid's.
static long gcd_long(long a, long b) {
    ulong x = a < 0 ? 0 - (ulong)a : (ulong)a, y = b < 0 ? 0 - (ulong)b : (ulong)b;
    while (y != 0) {
        const ulong rest = x % y;
        x = y;
        y = rest;
    }
    return (long)x;
}

// The least common multiple of two numbers, 0 if one of them is 0.
static long lcm_long(long a, long b) {
    const long divisor = gcd_long(a, b);
    if (divisor == 0) return 0;
    const long product = (long)((ulong)(a / divisor) * (ulong)b);
    return product < 0 ? (long)(0 - (ulong)product) : product;
}
