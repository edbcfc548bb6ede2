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
