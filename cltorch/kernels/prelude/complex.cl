// Complex numbers: COMPLEX holds as many (real, imaginary) pairs of neighbours as FLOAT has lanes; .even are the real
// parts, .odd the imaginary ones. INT is what comparing FLOATs gives in vectors.

static COMPLEX c_pair_COMPLEX(FLOAT real, FLOAT imag) {
    COMPLEX z;
    z.even = real;
    z.odd = imag;
    return z;
}

static COMPLEX c_mul_COMPLEX(COMPLEX a, COMPLEX b) {
#pragma OPENCL FP_CONTRACT OFF
    return c_pair_COMPLEX(a.even * b.even - a.odd * b.odd, a.even * b.odd + a.odd * b.even);
}

// Smith's division: by the larger part of the divisor first, so that squares do not overflow.
static COMPLEX c_div_COMPLEX(COMPLEX a, COMPLEX b) {
#pragma OPENCL FP_CONTRACT OFF
    const INT turned = fabs(b.odd) > fabs(b.even);
    const FLOAT large = turned ? b.odd : b.even, small = turned ? b.even : b.odd;
    const INT none = large == 0.0f;
    const FLOAT ratio = none ? (FLOAT)(0.0f) : small / large;
    const FLOAT whole = large + small * ratio;
    const FLOAT real = turned ? a.even * ratio + a.odd : a.even + a.odd * ratio;
    const FLOAT imag = turned ? a.odd * ratio - a.even : a.odd - a.even * ratio;
    return c_pair_COMPLEX(real / whole, imag / whole);
}

static FLOAT c_abs_COMPLEX(COMPLEX z) {
    return hypot(z.even, z.odd);
}

// z / |z|, and 0 where z is.
static COMPLEX c_sgn_COMPLEX(COMPLEX z) {
    const FLOAT size = hypot(z.even, z.odd);
    const INT none = size == 0.0f;
    const FLOAT by = none ? (FLOAT)(1.0f) : size;
    return c_pair_COMPLEX(z.even / by, z.odd / by);
}

static COMPLEX c_exp_COMPLEX(COMPLEX z) {
    const FLOAT size = exp(z.even);
    const INT real = z.odd == 0.0f, lost = (z.odd - z.odd != 0.0f) & (fabs(z.even) == INFINITY);  // infinite, in no direction
    const FLOAT none = z.even < 0.0f ? (FLOAT)(0.0f) : z.odd - z.odd;
    return c_pair_COMPLEX(lost ? size : size * cos(z.odd), real ? z.odd : lost ? none : size * sin(z.odd));
}

// Near |z| = 1 the logarithm of |z|^2 - 1, which is exact there.
static COMPLEX c_log_COMPLEX(COMPLEX z) {
    const FLOAT x = fabs(z.even), y = fabs(z.odd), size = hypot(x, y);
    const FLOAT large = fmax(x, y), small = fmin(x, y);
    const INT near_one = (size > 0.7f) & (size < 1.4f);
    const FLOAT near = 0.5f * log1p((large - 1.0f) * (large + 1.0f) + small * small);
    return c_pair_COMPLEX(near_one ? near : log(size), atan2(z.odd, z.even));
}
