// Functions around gamma and zeta, of one FLOAT (float or double) a call.
#define R(x) ((FLOAT)(x))

// Hurwitz's zeta function, the sum of 1 / (q + k)^x: ten terms, then the Euler-Maclaurin formula.
static FLOAT zeta_FLOAT(const FLOAT x, const FLOAT q) {
    if (x == 1) return INFINITY;
    if (x < 1) return NAN;
    if (q <= 0) {
        if (q == floor(q)) return INFINITY;
        if (x != floor(x)) return NAN;
    }
    FLOAT sum = 0, a = q;
    int k = 0;
    for (; k < 10 || a <= 10; k++, a += 1) {
        const FLOAT term = pow(a, -x);
        sum += term;
        if (k >= 10 && fabs(term) < R(1e-20) * fabs(sum)) return sum;
        if (k > 1000) break;
    }
    const FLOAT last = pow(a, -x);
    if (last == 0) return sum;
    sum += a * last / (x - 1) + last / 2;
    // Bernoulli numbers over factorials: B2/2!, B4/4!, ...
    const FLOAT ratio[8] = {R(1.0 / 12), R(-1.0 / 720), R(1.0 / 30240), R(-1.0 / 1209600), R(1.0 / 47900160),
                            R(-691.0 / 1307674368000.0), R(1.0 / 74724249600.0), R(-3617.0 / 10670622842880000.0)};
    FLOAT factor = x, power = last / a;
    for (int j = 0; j < 8; j++) {
        sum += ratio[j] * factor * power;
        factor *= (x + 2 * j + 1) * (x + 2 * j + 2);
        power /= a * a;
    }
    return sum;
}

// The regularized incomplete gamma function from below, P(a, x), or from above, Q(a, x): the series below a + 1, else Lentz's
// continued fraction (Abramowitz and Stegun 6.5.29 and 6.5.31).
static FLOAT incomplete_FLOAT(const FLOAT a, const FLOAT x, const int above) {
    if (a < 0 || x < 0) return NAN;
    if (a == 0) return x > 0 ? R(!above) : NAN;
    if (x == 0) return R(above);
    if (isnan(a) || isnan(x)) return NAN;
    if (isinf(a)) return isinf(x) ? NAN : R(above);
    if (isinf(x)) return R(!above);
    const FLOAT front = exp(a * log(x) - x - lgamma(a));
    if (x < a + 1) {
        FLOAT term = 1 / a, sum = term;
        for (int k = 1; k < 4000; k++) {
            term *= x / (a + k);
            sum += term;
            if (term < sum * R(1e-17)) break;
        }
        return above ? 1 - front * sum : front * sum;
    }
    FLOAT b = x + 1 - a, c = R(1e30), d = 1 / b, h = d;
    for (int k = 1; k < 4000; k++) {
        const FLOAT step = -k * (k - a);
        b += 2;
        d = step * d + b;
        d = fabs(d) < R(1e-30) ? R(1e-30) : d;
        c = b + step / c;
        c = fabs(c) < R(1e-30) ? R(1e-30) : c;
        d = 1 / d;
        h *= d * c;
        if (fabs(d * c - 1) < R(1e-17)) break;
    }
    return above ? front * h : 1 - front * h;
}
static FLOAT igamma_FLOAT(const FLOAT a, const FLOAT x) { return incomplete_FLOAT(a, x, 0); }
static FLOAT igammac_FLOAT(const FLOAT a, const FLOAT x) { return incomplete_FLOAT(a, x, 1); }

// exp(x * x) * erfc(x): the product where both factors are moderate, else the continued fraction of erfc.
static FLOAT erfcx_FLOAT(const FLOAT x) {
    if (x < R(-26)) return INFINITY;
    if (x < 2) return exp(x * x) * erfc(x);
    FLOAT tail = x;
    for (int k = 60; k >= 1; k--) tail = x + R(0.5) * k / tail;
    return R(0.5641895835477563) / tail;
}

// The y with erfc(y) = tail, for tail in (0, 1]: Winitzki's closed formula, then Halley's steps.
static FLOAT erfcinv_FLOAT(const FLOAT tail) {
    const bool central = tail > R(0.5);  // there by erf of what is left to 1, which is exact
    const FLOAT rest = 1 - tail, logarithm = central ? log1p(-rest * rest) : log(tail * (2 - tail)), middle = R(4.330746750799873) + logarithm / 2;
    FLOAT y = sqrt(fmax(sqrt(middle * middle - logarithm * R(6.802721088435375)) - middle, R(0)));
    for (int step = 0; step < 3; step++) {
        const FLOAT newton = (central ? erf(y) - rest : tail - erfc(y)) / (R(1.1283791670955126) * exp(-y * y));
        if (!isfinite(newton)) break;
        y -= newton / (1 + y * newton);
    }
    return y;
}
static FLOAT ndtri_FLOAT(const FLOAT p) {
    if (!(p > 0 && p < 1)) return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
    const FLOAT y = R(1.4142135623730951) * erfcinv_FLOAT(p < R(0.5) ? 2 * p : 2 * (1 - p));
    return p < R(0.5) ? -y : y;
}
static FLOAT log_ndtr_FLOAT(const FLOAT x) {
    const FLOAT z = x * R(0.7071067811865476);
    return x < -1 ? log(erfcx_FLOAT(-z) / 2) - z * z : log1p(-erfc(z) / 2);
}
#undef R
