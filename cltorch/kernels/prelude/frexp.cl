// The two parts of one FLOAT (float or double): x = mantissa * 2 ** exponent with a mantissa in [0.5, 1); and its cube root.

static FLOAT frexp_mantissa_FLOAT(const FLOAT x) {
    int exponent;
    return frexp(x, &exponent);
}

static FLOAT frexp_exponent_FLOAT(const FLOAT x) {
    int exponent = 0;
    if (isfinite(x)) frexp(x, &exponent);
    return exponent;
}

static FLOAT cbrt_FLOAT(const FLOAT x) {
    return cbrt(x);
}
