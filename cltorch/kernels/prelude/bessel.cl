// Bessel functions of orders 0 and 1, of one FLOAT (float or double) a call. Formulas: Abramowitz and Stegun, chapter 9.
#define R(x) ((FLOAT)(x))

// exp(-|x|) I_order(x): the power series, whose terms all have one sign, up to 20; the asymptotic series beyond.
static FLOAT scaled_i_FLOAT(const FLOAT given, const int order) {
    const FLOAT x = fabs(given);
    FLOAT sum = 1, term = 1, scale;
    if (x < 20) {
        for (int k = 1; k < 200; k++) {
            term *= (x / 2) * (x / 2) / ((FLOAT)k * (k + order));
            sum += term;
            if (term < sum * R(1e-18)) break;
        }
        scale = (order ? x / 2 : 1) * exp(-x);
    } else {
        for (int k = 1; k < 40; k++) {
            const FLOAT next = term * -(4 * order * order - (FLOAT)(2 * k - 1) * (2 * k - 1)) / (8 * x * k);
            if (fabs(next) > fabs(term)) break;
            term = next;
            sum += term;
        }
        scale = R(0.3989422804014327) / sqrt(x);
    }
    return order && given < 0 ? -scale * sum : scale * sum;
}
static FLOAT i0e_FLOAT(const FLOAT x) { return scaled_i_FLOAT(x, 0); }
static FLOAT i1e_FLOAT(const FLOAT x) { return scaled_i_FLOAT(x, 1); }
static FLOAT plain_i_FLOAT(const FLOAT x, const int order) {
    const FLOAT by = fabs(x), root = exp(by / 2), scaled = scaled_i_FLOAT(x, order);
    return by < 80 ? exp(by) * scaled : root * scaled * root;  // the whole exponential overflows before the function does
}
static FLOAT i0_FLOAT(const FLOAT x) { return plain_i_FLOAT(x, 0); }
static FLOAT i1_FLOAT(const FLOAT x) { return plain_i_FLOAT(x, 1); }

// exp(x) K_order(x): up to 1.5 the series around the logarithm (9.6.11, 9.6.13), beyond Temme's continued fraction (1975).
static FLOAT scaled_k_FLOAT(const FLOAT x, const int order) {
    if (!(x > 0)) return x == 0 ? INFINITY : NAN;
    if (x > R(sizeof(FLOAT) == 4 ? 1e8 : 1e17)) return sqrt(R(1.5707963267948966) / x);  // nothing else is left of the series
    if (x <= R(1.5)) {
        const FLOAT square = x * x / 4, logarithm = log(x / 2) + R(0.5772156649015329);
        FLOAT term = 1, harmonic = 0, sum = 0, other = 0, i0 = 0, i1 = 0;
        for (int k = 0; k < 30; k++) {
            i0 += term;
            i1 += term / (k + 1);
            sum += term * harmonic;
            other += term / (k + 1) * (2 * harmonic + R(1.0) / (k + 1));
            harmonic += R(1.0) / (k + 1);
            term *= square / ((FLOAT)(k + 1) * (k + 1));
        }
        const FLOAT value = order ? 1 / x + logarithm * i1 * x / 2 - x / 4 * other : sum - logarithm * i0;
        return value * exp(x);
    }
    FLOAT b = 2 * (1 + x), d = 1 / b, step = d, h = d, q1 = 0, q2 = 1, a = R(-0.25), c = R(0.25), q = c, s = 1 + q * step;
    for (int k = 2; k < 500; k++) {
        a -= 2 * (k - 1);
        c = -a * c / k;
        const FLOAT next = (q1 - b * q2) / a;
        q1 = q2;
        q2 = next;
        q += c * next;
        b += 2;
        d = 1 / (b + a * d);
        step *= b * d - 1;
        h += step;
        s += q * step;
        if (fabs(q * step) < fabs(s) * R(sizeof(FLOAT) == 4 ? 1e-8 : 1e-17)) break;
    }
    const FLOAT k0 = sqrt(R(1.5707963267948966) / x) / s;
    return order ? k0 * (x + R(0.5) - h / 4) / x : k0;
}
static FLOAT k0e_FLOAT(const FLOAT x) { return scaled_k_FLOAT(x, 0); }
static FLOAT k1e_FLOAT(const FLOAT x) { return scaled_k_FLOAT(x, 1); }
static FLOAT k0_FLOAT(const FLOAT x) { return scaled_k_FLOAT(x, 0) * exp(-x); }
static FLOAT k1_FLOAT(const FLOAT x) { return scaled_k_FLOAT(x, 1) * exp(-x); }

// J0, J1, Y0, Y1 (kind 0 to 3) of x > 0: Miller's backward recurrence with Neumann's series for Y up to 25 (9.1.88 f.), Hankel's
// asymptotic expansions beyond (9.2.5 f.).
static FLOAT bessel_FLOAT(const FLOAT x, const int kind) {
    const int order = kind & 1;
    if (x < R(1e-8)) {  // first terms are exact, and the recurrence would overflow
        if (kind < 2) return order ? x / 2 : 1;
        return order ? R(-0.6366197723675814) / x : R(0.6366197723675814) * (log(x / 2) + R(0.5772156649015329));
    }
    if (x < 25) {
        FLOAT above = 0, here = R(1e-30), norm = 0, j0 = 0, j1 = 0, even = 0, odd = 0;
        for (int n = 2 * ((int)(x * R(0.8)) + 22); n >= 0; n--) {  // `here` is J_n times an unknown factor
            if (n == 1) j1 = here;
            if (n == 0) j0 = here;
            if (n > 0 && n % 2 == 0) {
                norm += 2 * here;
                even += (n / 2 % 2 ? -here : here) / (n / 2);
            }
            if (n > 1 && n % 2) {
                const int k = n / 2;
                odd += (k % 2 ? -here : here) * n / ((FLOAT)k * (k + 1));
            }
            const FLOAT below = n ? 2 * n / x * here - above : 0;
            above = here;
            here = below;
            if (fabs(here) > R(1e20)) {
                above *= R(1e-20); here *= R(1e-20); norm *= R(1e-20); j1 *= R(1e-20); even *= R(1e-20); odd *= R(1e-20);
            }
        }
        norm += j0;
        if (kind == 0) return j0 / norm;
        if (kind == 1) return j1 / norm;
        const FLOAT logarithm = log(x / 2) + R(0.5772156649015329), by_pi = R(0.6366197723675814);
        if (kind == 2) return by_pi * (logarithm * j0 - 2 * even) / norm;
        return by_pi * ((logarithm - 1) * j1 - odd - j0 / x) / norm;
    }
    FLOAT p = 1, q = 0, term = 1;
    for (int k = 1; k < 40; k++) {
        const FLOAT next = term * (4 * order - (FLOAT)(2 * k - 1) * (2 * k - 1)) / (8 * x * k);
        if (fabs(next) > fabs(term) || fabs(next) < R(1e-18)) break;
        term = next;
        if (k % 2) q += k % 4 == 1 ? term : -term;
        else p += k % 4 == 2 ? -term : term;
    }
    const FLOAT turn = x - (order ? R(2.356194490192345) : R(0.7853981633974483)), size = sqrt(R(0.6366197723675814) / x);
    return kind < 2 ? size * (cos(turn) * p - sin(turn) * q) : size * (sin(turn) * p + cos(turn) * q);
}
static FLOAT j0_FLOAT(const FLOAT x) { return x == 0 ? R(1) : isinf(x) ? R(0) : bessel_FLOAT(fabs(x), 0); }
static FLOAT j1_FLOAT(const FLOAT x) {
    return x == 0 || isinf(x) ? R(0) : x < 0 ? -bessel_FLOAT(-x, 1) : bessel_FLOAT(x, 1);
}
static FLOAT y0_FLOAT(const FLOAT x) { return x > 0 ? (isinf(x) ? R(0) : bessel_FLOAT(x, 2)) : x == 0 ? -INFINITY : NAN; }
static FLOAT y1_FLOAT(const FLOAT x) { return x > 0 ? (isinf(x) ? R(0) : bessel_FLOAT(x, 3)) : x == 0 ? -INFINITY : NAN; }
#undef R
