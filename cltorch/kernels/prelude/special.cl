// Special functions of one float that OpenCL C lacks.

// The inverse of erf on [-1, 1]: Winitzki's closed formula (relative error 2e-3), then Halley's steps, on erf itself near 0 and
// on erfc = 1 - |x| (exact) elsewhere.
static float erfinv_float(float x) {
    const float a = fabs(x);
    if (!(a < 1))
        return a == 1 ? copysign(INFINITY, x) : NAN;
    const float tail = 1 - a, logarithm = log(tail * (1 + a));
    const float half_log = 4.330746750799873f + logarithm * 0.5f;
    float y = a < 0.01f ? a * 0.8862269254527580f
        : sqrt(sqrt(half_log * half_log - logarithm * 6.802721088435375f) - half_log);
    for (int step = 0; step < 2; step++) {
        const float error = a < 0.5f ? erf(y) - a : tail - erfc(y);
        const float newton = error / (1.1283791670955126f * exp(-y * y));
        y -= newton / (1 + y * newton);
    }
    return copysign(y, x);
}

// The logarithmic derivative of the gamma function: reflection for negative numbers, recurrence up to 10, then the
// asymptotic series. At 0 it is infinite with the sign of -x, at negative whole numbers NaN.
static float digamma_float(float x) {
    if (x == 0)
        return copysign(INFINITY, -x);
    float result = 0;
    if (x < 0) {
        if (x == trunc(x))
            return NAN;
        result = -3.141592653589793f / tan(3.141592653589793f * (x - rint(x)));  // of the smallest angle: others are rounded
        x = 1 - x;
    }
    for (; x < 10; x += 1)
        result -= 1 / x;
    const float z = 1 / (x * x);
    return result + (log(x) - 0.5f / x - z * (0.08333333333333333f + z * (-0.008333333333333333f + z * (0.003968253968253968f + z * (-0.004166666666666667f)))));
}
