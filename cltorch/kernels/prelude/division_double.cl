// Divisions and remainders of scalars in every rounding, for double.

static double fmod_double(double a, double b) {
    return fmod(a, b);
}

static double trunc_divide_double(double a, double b) {
    return trunc(a / b);
}

// Remainder with the sign of b.
static double remainder_double(double a, double b) {
    const double rest = fmod(a, b);
    return rest != 0 && ((rest < 0) != (b < 0)) ? rest + b : rest;
}

// Quotient rounded down, such that it fits to the exact remainder: the division alone may round up to a whole number.
static double floor_divide_double(double a, double b) {
    if (b == 0)
        return a / b;
    const double rest = fmod(a, b);
    const double whole = (a - rest) / b - (rest != 0 && ((rest < 0) != (b < 0)) ? 1 : 0);
    if (whole == 0)
        return copysign(0.0, a / b);
    const double down = floor(whole);
    return whole - down > 0.5 ? down + 1 : down;
}
