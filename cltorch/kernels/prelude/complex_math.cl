// Functions of one complex number, for COMPLEX as a single pair. Branch cuts and signs of zero are those of C99; the inverse
// functions follow W. Kahan, "Branch cuts for complex elementary functions" (1987). At infinities and NaN they are those of C99 too.

static bool c_wild_COMPLEX(FLOAT x) {  // infinite or NaN
    return x - x != 0.0f;
}

static bool c_infinite_COMPLEX(COMPLEX z) {
    return isinf(z.x) || isinf(z.y);
}

static COMPLEX c_sqrt_COMPLEX(COMPLEX z) {
    const FLOAT x = z.x, y = z.y;
    if (isinf(y))
        return (COMPLEX)(INFINITY, y);
    if (x == 0.0f && y == 0.0f)
        return (COMPLEX)(0.0f, y);
    const FLOAT t = sqrt(0.5f * fabs(x) + 0.5f * hypot(x, y));
    if (x >= 0.0f)
        return (COMPLEX)(t, y == 0.0f ? y : 0.5f * y / t);
    return (COMPLEX)(0.5f * fabs(y) / t, copysign(t, y));
}

static COMPLEX c_expm1_COMPLEX(COMPLEX z) {
    if (z.y == 0.0f)
        return (COMPLEX)(expm1(z.x), z.y);
    if (isinf(z.x) && c_wild_COMPLEX(z.y))
        return z.x < 0.0f ? (COMPLEX)(-1.0f, 0.0f) : (COMPLEX)(INFINITY, NAN);
    const FLOAT half_sine = sin(0.5f * z.y);
    return (COMPLEX)(expm1(z.x) * cos(z.y) - 2.0f * half_sine * half_sine, exp(z.x) * sin(z.y));
}

static COMPLEX c_log1p_COMPLEX(COMPLEX z) {
    const FLOAT x = z.x, y = z.y;
    const FLOAT size = fabs(x) < 0.5f && fabs(y) < 0.5f ? 0.5f * log1p(x * (2.0f + x) + y * y) : log(hypot(1.0f + x, y));
    return (COMPLEX)(size, atan2(y, 1.0f + x));
}

static COMPLEX c_sinh_COMPLEX(COMPLEX z) {
    const FLOAT lost = z.x == 0.0f || isinf(z.x) ? z.x : (FLOAT)NAN;
    return (COMPLEX)(c_wild_COMPLEX(z.y) ? lost : sinh(z.x) * cos(z.y), z.y == 0.0f ? z.y : cosh(z.x) * sin(z.y));
}

static COMPLEX c_cosh_COMPLEX(COMPLEX z) {
    const bool wild = c_wild_COMPLEX(z.y);
    const FLOAT real = !wild ? cosh(z.x) * cos(z.y) : isinf(z.x) ? (FLOAT)INFINITY : (FLOAT)NAN;
    if (z.y == 0.0f)
        return (COMPLEX)(real, copysign((FLOAT)0.0f, z.x) * z.y);
    return (COMPLEX)(real, z.x == 0.0f && wild ? z.x : sinh(z.x) * sin(z.y));
}

static COMPLEX c_sin_COMPLEX(COMPLEX z) {
    const COMPLEX turned = c_sinh_COMPLEX((COMPLEX)(-z.y, z.x));
    return (COMPLEX)(turned.y, -turned.x);
}

static COMPLEX c_cos_COMPLEX(COMPLEX z) {
    return c_cosh_COMPLEX((COMPLEX)(-z.y, z.x));
}

static COMPLEX c_tanh_COMPLEX(COMPLEX z) {
    if (z.y == 0.0f)
        return (COMPLEX)(tanh(z.x), z.y);
    if (c_wild_COMPLEX(z.y))
        return isinf(z.x) ? (COMPLEX)(copysign((FLOAT)1.0f, z.x), copysign((FLOAT)0.0f, z.y)) : (COMPLEX)(z.x == 0.0f ? z.x : NAN, NAN);
    if (fabs(z.x) > 20.0f)
        return (COMPLEX)(copysign((FLOAT)1.0f, z.x), 4.0f * sin(z.y) * cos(z.y) * exp(-2.0f * fabs(z.x)));
    const FLOAT t = tan(z.y), s = sinh(z.x), beta = 1.0f + t * t, rho = sqrt(1.0f + s * s);
    if (isinf(t))
        return (COMPLEX)(rho / s, 1.0f / t);
    const FLOAT whole = 1.0f + beta * s * s;
    return (COMPLEX)(beta * rho * s / whole, t / whole);
}

static COMPLEX c_tan_COMPLEX(COMPLEX z) {
    const COMPLEX turned = c_tanh_COMPLEX((COMPLEX)(-z.y, z.x));
    return (COMPLEX)(turned.y, -turned.x);
}

static COMPLEX c_asin_COMPLEX(COMPLEX z) {
    if (c_infinite_COMPLEX(z))
        return (COMPLEX)(copysign(atan2(fabs(z.x), fabs(z.y)), z.x), copysign((FLOAT)INFINITY, z.y));
    if (isnan(z.x) || isnan(z.y))
        return (COMPLEX)(z.x == 0.0f ? z.x : NAN, NAN);
    const COMPLEX below = c_sqrt_COMPLEX((COMPLEX)(1.0f - z.x, -z.y)), above = c_sqrt_COMPLEX((COMPLEX)(1.0f + z.x, z.y));
    const FLOAT across = below.x * above.y - below.y * above.x;
    return (COMPLEX)(atan2(z.x, below.x * above.x - below.y * above.y), asinh(across));
}

static COMPLEX c_acos_COMPLEX(COMPLEX z) {
    if (c_infinite_COMPLEX(z))
        return (COMPLEX)(fabs(atan2(z.y, z.x)), -copysign((FLOAT)INFINITY, z.y));
    if (z.x == 0.0f && isnan(z.y))
        return (COMPLEX)(acos((FLOAT)0.0f), NAN);
    const COMPLEX below = c_sqrt_COMPLEX((COMPLEX)(1.0f - z.x, -z.y)), above = c_sqrt_COMPLEX((COMPLEX)(1.0f + z.x, z.y));
    return (COMPLEX)(2.0f * atan2(below.x, above.x), asinh(above.x * below.y - above.y * below.x));
}

static COMPLEX c_acosh_COMPLEX(COMPLEX z) {
    if (c_infinite_COMPLEX(z))
        return (COMPLEX)(INFINITY, atan2(z.y, z.x));
    if (z.x == 0.0f && isnan(z.y))
        return (COMPLEX)(NAN, acos((FLOAT)0.0f));
    const COMPLEX below = c_sqrt_COMPLEX((COMPLEX)(z.x - 1.0f, z.y)), above = c_sqrt_COMPLEX((COMPLEX)(z.x + 1.0f, z.y));
    return (COMPLEX)(asinh(below.x * above.x + below.y * above.y), 2.0f * atan2(below.y, above.x));
}

static COMPLEX c_asinh_COMPLEX(COMPLEX z) {
    const COMPLEX turned = c_asin_COMPLEX((COMPLEX)(-z.y, z.x));
    return (COMPLEX)(turned.y, -turned.x);
}

static COMPLEX c_atanh_COMPLEX(COMPLEX z) {
    if (c_infinite_COMPLEX(z))
        return (COMPLEX)(copysign((FLOAT)0.0f, z.x), isnan(z.y) ? (FLOAT)NAN : copysign(acos((FLOAT)0.0f), z.y));
    if (isnan(z.x) || isnan(z.y))
        return (COMPLEX)(z.x == 0.0f ? z.x : NAN, NAN);
    // of the positive half, where nothing cancels: the function is odd in its real part
    const FLOAT x = fabs(z.x), y = z.y, near = (1.0f - x) * (1.0f - x) + y * y;
    const FLOAT real = copysign(0.25f * log1p(4.0f * x / near), z.x);
    return (COMPLEX)(real, 0.5f * atan2(2.0f * y, (1.0f - x) * (1.0f + x) - y * y));
}

static COMPLEX c_atan_COMPLEX(COMPLEX z) {
    const COMPLEX turned = c_atanh_COMPLEX((COMPLEX)(-z.y, z.x));
    return (COMPLEX)(turned.y, -turned.x);
}

static COMPLEX c_pow_COMPLEX(COMPLEX a, COMPLEX b) {
    if (b.x == 0.0f && b.y == 0.0f)
        return (COMPLEX)(1.0f, 0.0f);
    if (a.x == 0.0f && a.y == 0.0f)
        return b.x > 0.0f ? (COMPLEX)(0.0f, 0.0f) : (COMPLEX)(NAN, NAN);
    const FLOAT size = hypot(a.x, a.y), turn = atan2(a.y, a.x);
    const FLOAT rho = pow(size, b.x) * exp(-b.y * turn), angle = b.x * turn + (b.y == 0.0f ? 0.0f : b.y * log(size));
    return (COMPLEX)(rho * cos(angle), rho * sin(angle));
}
