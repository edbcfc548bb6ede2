// Orthogonal polynomials of degree n at x by their recurrences (Abramowitz and Stegun 22.7), of one FLOAT a call.

// The four kinds of Chebyshev differ in the polynomial of degree 1.
static FLOAT _chebyshev_FLOAT(const FLOAT x, const FLOAT degree, const FLOAT first) {
    const int n = (int)degree;
    if (n < 0) return 0;
    FLOAT before = 1, here = first;
    if (n == 0) return 1;
    for (int k = 1; k < n; k++) {
        const FLOAT next = 2 * x * here - before;
        before = here;
        here = next;
    }
    return here;
}
static FLOAT chebyshev_t_FLOAT(const FLOAT x, const FLOAT n) { return _chebyshev_FLOAT(x, n, x); }
static FLOAT chebyshev_u_FLOAT(const FLOAT x, const FLOAT n) { return _chebyshev_FLOAT(x, n, 2 * x); }
static FLOAT chebyshev_v_FLOAT(const FLOAT x, const FLOAT n) { return _chebyshev_FLOAT(x, n, 2 * x - 1); }
static FLOAT chebyshev_w_FLOAT(const FLOAT x, const FLOAT n) { return _chebyshev_FLOAT(x, n, 2 * x + 1); }

// next = (a k + b) here - (c k) before, over (d k + 1).
static FLOAT _recurrence_FLOAT(const FLOAT degree, const FLOAT first, const FLOAT a, const FLOAT b, const FLOAT c, const FLOAT d) {
    const int n = (int)degree;
    if (n < 0) return 0;
    if (n == 0) return 1;
    FLOAT before = 1, here = first;
    for (int k = 1; k < n; k++) {
        const FLOAT next = ((a * k + b) * here - c * k * before) / (d * k + 1);
        before = here;
        here = next;
    }
    return here;
}
static FLOAT hermite_h_FLOAT(const FLOAT x, const FLOAT n) { return _recurrence_FLOAT(n, 2 * x, 0, 2 * x, 2, 0); }
static FLOAT hermite_he_FLOAT(const FLOAT x, const FLOAT n) { return _recurrence_FLOAT(n, x, 0, x, 1, 0); }
static FLOAT laguerre_l_FLOAT(const FLOAT x, const FLOAT n) { return _recurrence_FLOAT(n, 1 - x, 2, 1 - x, 1, 1); }
static FLOAT legendre_p_FLOAT(const FLOAT x, const FLOAT n) { return _recurrence_FLOAT(n, x, 2 * x, x, 1, 1); }
