// Random numbers of distributions, of one FLOAT (float or double) a call. Each comes from a key of 63 random bits: Philox with
// that key gives the numbers that are accepted or refused, as many as are needed.
#define R(x) ((FLOAT)(x))
#define TRIES 1000

// Uniform in (0, 1), the next one of the key's sequence.
static FLOAT next_uniform_FLOAT(const ulong key, uint* at) {
    uint second;
    const uint first = philox_uint((ulong)(*at)++, key, &second);
    if (sizeof(FLOAT) == 8) return (R(first) + (R(second >> 12) + R(0.5)) * R(1.0 / 1048576.0)) * R(1.0 / 4294967296.0);
    return (R(first >> 9) + R(0.5)) * R(1.0 / 8388608.0);
}

// Standard normal, by Box and Muller's formula.
static FLOAT next_normal_FLOAT(const ulong key, uint* at) {
    const FLOAT radius = sqrt(-2 * log(next_uniform_FLOAT(key, at)));
    return radius * cos(R(6.283185307179586) * next_uniform_FLOAT(key, at));
}

// Gamma of scale 1 (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000).
static FLOAT gamma_sample_FLOAT(const FLOAT alpha, const long bits) {
    const ulong key = as_ulong(bits);
    uint at = 0;
    if (!(alpha > 0)) return alpha == 0 ? R(0) : R(NAN);
    const FLOAT boost = alpha < 1 ? pow(next_uniform_FLOAT(key, &at), 1 / alpha) : R(1);
    const FLOAT d = (alpha < 1 ? alpha + 1 : alpha) - R(1.0 / 3), c = 1 / sqrt(9 * d);
    for (int k = 0; k < TRIES; k++) {
        const FLOAT x = next_normal_FLOAT(key, &at), t = 1 + c * x;
        if (t <= 0) continue;
        const FLOAT v = t * t * t, u = next_uniform_FLOAT(key, &at), xx = x * x;
        if (u < 1 - R(0.0331) * xx * xx || log(u) < xx / 2 + d * (1 - v + log(v))) return boost * d * v;
    }
    return boost * d;
}

// (1 + y) log(1 + y) - y without cancellation near 0.
static FLOAT deviance_FLOAT(const FLOAT y) {
    if (fabs(y) > R(0.1)) return (1 + y) * log1p(y) - y;
    FLOAT power = y * y, sum = 0;
    for (int n = 2; n < 20; n++, power *= -y) sum += power / (n * (n - 1));
    return sum;
}

// log(k!) - ((k + 1/2) log(k + 1) - (k + 1) + log(2 pi) / 2): what Stirling's formula leaves.
static FLOAT stirling_rest_FLOAT(const FLOAT k) {
    if (k < 10) return lgamma(k + 1) - ((k + R(0.5)) * log(k + 1) - (k + 1) + R(0.9189385332046727));
    const FLOAT n = k + 1, square = n * n;
    return (R(1.0 / 12) - (R(1.0 / 360) - R(1.0 / 1260) / square) / square) / n;
}

// Poisson: by products of uniform numbers, and from rate 10 on by transformed rejection (Hoermann, "The transformed rejection
// method for generating Poisson random variables", 1993). The logarithm of the probability is taken as in Loader's "Fast and
// accurate computation of binomial probabilities" (2000), so that float will do for large rates.
static FLOAT poisson_sample_FLOAT(const FLOAT rate, const long bits) {
    const ulong key = as_ulong(bits);
    uint at = 0;
    if (!(rate > 0)) return rate == 0 ? R(0) : R(NAN);
    if (rate < 10) {
        const FLOAT least = exp(-rate);
        FLOAT product = next_uniform_FLOAT(key, &at);
        int k = 0;
        for (; product > least && k < TRIES; k++) product *= next_uniform_FLOAT(key, &at);
        return k;
    }
    const FLOAT b = R(0.931) + R(2.53) * sqrt(rate), a = R(-0.059) + R(0.02483) * b;
    const FLOAT inverse = R(1.1239) + R(1.1328) / (b - R(3.4)), edge = R(0.9277) - R(3.6224) / (b - 2);
    for (int tries = 0; tries < TRIES; tries++) {
        const FLOAT u = next_uniform_FLOAT(key, &at) - R(0.5), v = next_uniform_FLOAT(key, &at);
        const FLOAT us = R(0.5) - fabs(u), k = floor((2 * a / us + b) * u + rate + R(0.43));
        if (us >= R(0.07) && v <= edge) return k;
        if (k < 0 || (us < R(0.013) && v > us)) continue;
        const FLOAT n = k + 1, rest = log(n / rate) - rate * deviance_FLOAT((n - rate) / rate);
        const FLOAT chance = rest - R(0.5) * log(n) - R(0.9189385332046727) - (k < 10 ? stirling_rest_FLOAT(k) : 1 / (12 * n));
        if (log(v * inverse / (a / (us * us) + b)) <= chance) return k;
    }
    return floor(rate);
}

// Binomial of p at most 1/2: by waiting times, and from n p = 10 on by transformed rejection (Hoermann, "The generation of binomial
// random variates", 1993).
static FLOAT binomial_half_FLOAT(const FLOAT n, const FLOAT p, const ulong key) {
    uint at = 0;
    if (n * p < 10) {
        const FLOAT failure = log1p(-p);
        FLOAT sum = 0;
        for (int k = 0; k < TRIES; k++) {
            sum += ceil(log(next_uniform_FLOAT(key, &at)) / failure);
            if (sum > n) return k;
        }
        return n;
    }
    const FLOAT deviation = sqrt(n * p * (1 - p)), b = R(1.15) + R(2.53) * deviation;
    const FLOAT a = R(-0.0873) + R(0.0248) * b + R(0.01) * p, c = n * p + R(0.5), edge = R(0.92) - R(4.2) / b;
    const FLOAT r = p / (1 - p), alpha = (R(2.83) + R(5.1) / b) * deviation, m = floor((n + 1) * p);
    for (int tries = 0; tries < TRIES; tries++) {
        const FLOAT u = next_uniform_FLOAT(key, &at) - R(0.5), v = next_uniform_FLOAT(key, &at);
        const FLOAT us = R(0.5) - fabs(u), k = floor((2 * a / us + b) * u + c);
        if (us >= R(0.07) && v <= edge) return k;
        if (k < 0 || k > n) continue;
        const FLOAT bound = (m + R(0.5)) * log((m + 1) / (r * (n - m + 1))) + (n + 1) * log((n - m + 1) / (n - k + 1)) +
                            (k + R(0.5)) * log(r * (n - k + 1) / (k + 1)) + stirling_rest_FLOAT(m) +
                            stirling_rest_FLOAT(n - m) - stirling_rest_FLOAT(k) - stirling_rest_FLOAT(n - k);
        if (log(v * alpha / (a / (us * us) + b)) <= bound) return k;
    }
    return m;
}

static FLOAT binomial_sample_FLOAT(const FLOAT n, const FLOAT p, const long bits) {
    if (n <= 0 || p <= 0) return 0;
    if (p >= 1) return n;
    if (isnan(n) || isnan(p)) return NAN;
    return p <= R(0.5) ? binomial_half_FLOAT(n, p, as_ulong(bits)) : n - binomial_half_FLOAT(n, 1 - p, as_ulong(bits));
}

// The angle of von Mises' distribution around 0 (Best and Fisher, "Efficient simulation of the von Mises distribution", 1979);
// a normal one where both agree to the precision.
static FLOAT von_mises_sample_FLOAT(const FLOAT kappa, const long bits) {
    const ulong key = as_ulong(bits);
    uint at = 0;
    if (kappa > R(1e4)) return next_normal_FLOAT(key, &at) / sqrt(kappa);
    const FLOAT tau = 1 + sqrt(1 + 4 * kappa * kappa), rho = (tau - sqrt(2 * tau)) / (2 * kappa);
    const FLOAT more = kappa < R(1e-3) ? 1 / kappa + kappa - 1 : (1 - rho) * (1 - rho) / (2 * rho);  // r - 1
    for (int k = 0; k < TRIES; k++) {
        const FLOAT wave = sin(R(1.5707963267948966) * next_uniform_FLOAT(key, &at)), less = 2 * wave * wave;  // 1 - z
        const FLOAT u = next_uniform_FLOAT(key, &at), side = next_uniform_FLOAT(key, &at);
        const FLOAT sum = more + 2 - less, c = kappa * more * (more + 2) / sum;  // r + z, kappa (r - f)
        if (c * (2 - c) > u || log(c / u) + 1 - c >= 0) {
            const FLOAT angle = 2 * asin(sqrt(clamp(more * less / sum / 2, R(0), R(1))));
            return side < R(0.5) ? -angle : angle;
        }
    }
    return 0;
}

// Digamma for what follows: shifted up by six, then its asymptotic series.
static FLOAT psi_FLOAT(FLOAT x) {
    FLOAT shift = 0;
    for (int k = 0; k < 6; k++, x += 1) shift += 1 / x;
    const FLOAT s = 1 / (x * x);
    return log(x) - R(0.5) / x - s * (R(1.0 / 12) - s * (R(1.0 / 120) - s * (R(1.0 / 252) - s / 240))) - shift;
}

// How a gamma number x changes with alpha at the same probability: -(dP/da) / (dP/dx) of the regularized incomplete gamma function
// P(a, x) (Figurnov, Mohamed, Mnih, "Implicit reparameterization gradients", 2018). Below a + 1 + 2 sqrt(a) the derivative of the series
// of P; above, that of the continued fraction of 1 - P, in which nothing cancels; for large a Temme's expansion.
static FLOAT gamma_slope_FLOAT(const FLOAT a, const FLOAT x) {
    if (!(a > 0) || !(x > 0)) return x == 0 ? R(0) : R(NAN);
    if (a > 1000) {
        const FLOAT y = (x - a) / a;  // x = a (1 + y)
        const FLOAT first = fabs(y) < R(0.01) ? 1 + y / 2 - y * y / 6 + y * y * y / 12 : (1 + y) * log1p(y) / y;
        return first + (1 + y / 2) / (6 * a);
    }
    if (x < a + 1 + 2 * sqrt(a)) {
        FLOAT term = 1 / a, sum = 0, slope = psi_FLOAT(a) + 1 / a - log(x);
        for (int k = 1; k < 4000; k++) {
            const FLOAT part = term * slope;
            sum += part;
            if (k > x - a && fabs(part) < fabs(sum) * R(1e-9)) break;
            term *= x / (a + k);
            slope += 1 / (a + k);
        }
        return x * sum;
    }
    // Lentz's continued fraction h, and its derivative by a beside it
    FLOAT b = x + 1 - a, c = R(1e30), dc = 0, d = 1 / b, dd = d * d, h = d, dh = dd;
    for (int k = 1; k < 4000; k++) {
        const FLOAT step = -k * (k - a);
        b += 2;
        const FLOAT lower = step * d + b, dlower = step * dd + k * d - 1;
        const FLOAT next = b + step / c, dnext = -1 + k / c - step * dc / (c * c);
        d = 1 / lower;
        dd = -dlower * d * d;
        c = next;
        dc = dnext;
        const FLOAT factor = c * d, dfactor = dc * d + c * dd;
        dh = dh * factor + h * dfactor;
        h *= factor;
        if (fabs(factor - 1) < R(1e-9) && fabs(h * dfactor) < fabs(dh) * R(1e-9)) break;
    }
    return x * ((log(x) - psi_FLOAT(a)) * h + dh);
}

#undef TRIES
#undef R
