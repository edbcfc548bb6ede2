// Special functions of one double that OpenCL C lacks.

// The inverse of erf on [-1, 1]: Winitzki's closed formula (relative error 2e-3), then Halley's steps, on erf itself near 0 and
// on erfc = 1 - |x| (exact) elsewhere.
static double erfinv_double(double x) {
    const double a = fabs(x);
    if (!(a < 1))
        return a == 1 ? copysign((double)INFINITY, x) : (double)NAN;
    const double tail = 1 - a, logarithm = log(tail * (1 + a));
    const double half_log = 4.330746750799873 + logarithm * 0.5;
    double y = a < 0.01 ? a * 0.8862269254527580
        : sqrt(sqrt(half_log * half_log - logarithm * 6.802721088435375) - half_log);
    for (int step = 0; step < 3; step++) {
        const double error = a < 0.5 ? erf(y) - a : tail - erfc(y);
        const double newton = error / (1.1283791670955126 * exp(-y * y));
        y -= newton / (1 + y * newton);
    }
    return copysign(y, x);
}

// The logarithmic derivative of the gamma function: reflection for negative numbers, recurrence up to 10, then the
// asymptotic series. At 0 it is infinite with the sign of -x, at negative whole numbers NaN.
static double digamma_double(double x) {
    if (x == 0)
        return copysign((double)INFINITY, -x);
    double result = 0;
    if (x < 0) {
        if (x == trunc(x))
            return (double)NAN;
        result = -3.141592653589793 / tan(3.141592653589793 * (x - rint(x)));
        x = 1 - x;
    }
    for (; x < 10; x += 1)
        result -= 1 / x;
    const double z = 1 / (x * x);
    return result + (log(x) - 0.5 / x - z * (0.08333333333333333 + z * (-0.008333333333333333 + z * (0.003968253968253968 + z * (-0.004166666666666667 + z * (0.007575757575757576 + z * (-0.021092796092796094 + z * (0.08333333333333333))))))));
}
