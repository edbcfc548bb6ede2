// Divisions and remainders of scalars in every rounding, for int, long and float.

// The divisor made safe: 1 instead of 0.
static int safe_int(int b) {
    return b == 0 ? 1 : b;
}

// Quotient rounded towards 0. A divisor of -1 is a negation, which wraps around where a division would trap.
static int trunc_divide_int(int a, int b) {
    return b == -1 ? (int)(0 - (uint)a) : a / safe_int(b);
}

// Remainder with the sign of a.
static int fmod_int(int a, int b) {
    return b == -1 ? 0 : a % safe_int(b);
}

// Remainder with the sign of b.
static int remainder_int(int a, int b) {
    const int rest = fmod_int(a, b);
    return rest != 0 && ((rest < 0) != (b < 0)) ? rest + b : rest;
}

// Quotient rounded down.
static int floor_divide_int(int a, int b) {
    const int rest = fmod_int(a, b);
    return trunc_divide_int(a, b) - (rest != 0 && ((rest < 0) != (b < 0)) ? 1 : 0);
}

// The divisor made safe: 1 instead of 0.
static long safe_long(long b) {
    return b == 0 ? 1 : b;
}

// Quotient rounded towards 0. A divisor of -1 is a negation, which wraps around where a division would trap.
static long trunc_divide_long(long a, long b) {
    return b == -1 ? (long)(0 - (ulong)a) : a / safe_long(b);
}

// Remainder with the sign of a.
static long fmod_long(long a, long b) {
    return b == -1 ? 0 : a % safe_long(b);
}

// Remainder with the sign of b.
static long remainder_long(long a, long b) {
    const long rest = fmod_long(a, b);
    return rest != 0 && ((rest < 0) != (b < 0)) ? rest + b : rest;
}

// Quotient rounded down.
static long floor_divide_long(long a, long b) {
    const long rest = fmod_long(a, b);
    return trunc_divide_long(a, b) - (rest != 0 && ((rest < 0) != (b < 0)) ? 1 : 0);
}

static float fmod_float(float a, float b) {
    return fmod(a, b);
}

static float trunc_divide_float(float a, float b) {
    return trunc(a / b);
}

// Remainder with the sign of b.
static float remainder_float(float a, float b) {
    const float rest = fmod(a, b);
    return rest != 0 && ((rest < 0) != (b < 0)) ? rest + b : rest;
}

// Quotient rounded down, such that it fits to the exact remainder: the division alone may round up to a whole number.
static float floor_divide_float(float a, float b) {
    if (b == 0)
        return a / b;
    const float rest = fmod(a, b);
    const float whole = (a - rest) / b - (rest != 0 && ((rest < 0) != (b < 0)) ? 1 : 0);
    if (whole == 0)
        return copysign(0.0f, a / b);
    const float down = floor(whole);
    return whole - down > 0.5f ? down + 1 : down;
}
