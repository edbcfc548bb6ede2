// Elementary functions of float vectors as polynomials, for CPUs: some drivers compute their built-ins lane by lane.
// Coefficients are minimax fits in the relative error of the result (the error of the fit is below 1e-8); results are within 2.5
// units of the last place. FLOAT, INT... have the kernel's lanes. Contraction to fused operations is welcome here.

// 1.5 * 2^23, and the same with the exponent's bias or twice that: adding it rounds to a whole number, which then stands in the low bits.
#define OWN_MATH_SHIFT 12582912.0f
#define OWN_MATH_BIASED 12583039.0f
#define OWN_MATH_TWICE_BIASED 12583166.0f

// exp(r) - 1 of what is left of x = k * ln(2) + r, |r| <= ln(2) / 2.
static FLOAT own_exp_rest_FLOAT(FLOAT x, FLOAT k) {
#pragma OPENCL FP_CONTRACT ON
    const FLOAT r = (x - k * 0.693145751953125f) - k * 1.42860677e-06f;
    FLOAT p = r * 0.00138146f + 0.0083687152f;
    p = p * r + 0.041668388f;
    p = p * r + 0.16666521f;
    p = p * r + 0.49999993f;
    return p * (r * r) + r;
}

// exp(x) = 2^k * exp(r); 2^k in two factors, so that denormal results come out right.
static FLOAT own_exp_FLOAT(FLOAT x) {
#pragma OPENCL FP_CONTRACT ON
    const FLOAT low = select(x, (FLOAT)(-104.0f), x < -104.0f);
    const FLOAT clamped = select(low, (FLOAT)(89.0f), low > 89.0f);
    const FLOAT shifted = clamped * 1.4426950408889634f + OWN_MATH_TWICE_BIASED;
    const FLOAT p = own_exp_rest_FLOAT(clamped, shifted - OWN_MATH_TWICE_BIASED) + 1.0f;
    const INT whole = as_INT(shifted), half_k = whole >> 1;  // the bits above the exponent's fall off
    return p * as_FLOAT(half_k << 23) * as_FLOAT((whole - half_k) << 23);
}

// exp(x) - 1 where |x| <= 87: nothing is cut off, and 2^k is one factor. NaN stays.
static FLOAT own_exp_less_FLOAT(FLOAT x) {
#pragma OPENCL FP_CONTRACT ON
    const FLOAT shifted = x * 1.4426950408889634f + OWN_MATH_BIASED;
    const FLOAT p = own_exp_rest_FLOAT(x, shifted - OWN_MATH_BIASED);
    const FLOAT power = as_FLOAT(as_INT(shifted) << 23);
    return p * power + (power - 1.0f);
}

// log(x) = e * ln(2) + log(1 + f), 1 + f in [sqrt(1/2), sqrt(2)); denormal numbers are scaled up first.
static FLOAT own_log_FLOAT(FLOAT x) {
#pragma OPENCL FP_CONTRACT ON
    const INT tiny = x < 1.17549435e-38f;
    const FLOAT scaled = select(x, x * 8388608.0f, tiny);
    const INT bits = as_INT(scaled) - 0x3f3504f3;
    const FLOAT e = convert_FLOAT((bits >> 23) - (tiny & 23));
    const FLOAT f = as_FLOAT((bits & 0x007fffff) + 0x3f3504f3) - 1.0f;
    FLOAT p = f * -0.07634493f + 0.12761576f;
    p = p * f - 0.13160183f;
    p = p * f + 0.14201758f;
    p = p * f - 0.16623357f;
    p = p * f + 0.20001227f;
    p = p * f - 0.25000821f;
    p = p * f + 0.33333332f;
    const FLOAT z = f * f;
    const FLOAT y = (p * f) * z + e * 1.42860677e-06f - 0.5f * z;
    FLOAT result = (f + y) + e * 0.693145751953125f;
    result = select(result, x, (x == INFINITY) | (x != x));
    result = select(result, (FLOAT)(NAN), x < 0.0f);
    return select(result, (FLOAT)(-INFINITY), x == 0.0f);
}

// x = quadrant * pi/2 + r, |r| <= pi/4. The parts of pi/2 have so few bits that their products are exact up to 2^13 quadrants.
static FLOAT own_reduced_FLOAT(FLOAT x, INT* quadrant) {
#pragma OPENCL FP_CONTRACT ON
    const FLOAT shifted = x * 0.63661977f + OWN_MATH_SHIFT;
    const FLOAT whole = shifted - OWN_MATH_SHIFT;
    *quadrant = as_INT(shifted);
    return (((x - whole * 1.5703125f) - whole * 4.837512969970703e-04f) - whole * 7.549533620476723e-08f)
        - whole * 2.5633443e-12f;
}

static FLOAT own_sine_FLOAT(FLOAT r, INT quadrant) {
#pragma OPENCL FP_CONTRACT ON
    const FLOAT z = r * r;
    FLOAT s = z * 2.7181216e-06f - 1.9839312e-04f;
    s = s * z + 0.0083333293f;
    s = s * z - 0.16666667f;
    s = s * (z * r) + r;
    FLOAT c = z * -2.7210237e-07f + 2.47995200e-05f;
    c = c * z - 0.0013888884f;
    c = c * z + 0.041666667f;
    c = (c * z) * z + (1.0f - 0.5f * z);
    const FLOAT chosen = select(s, c, (quadrant & 1) != 0);
    return as_FLOAT(as_INT(chosen) ^ ((quadrant & 2) << 30));
}

// Whether any lane of a mask is not 0, by halves: some drivers ask lane by lane for `any`.
#ifndef OWN_SOME
#define OWN_SOME
static int own_some_int(int m) { return m; }
static int own_some_int2(int2 m) { return m.lo | m.hi; }
static int own_some_int4(int4 m) { return own_some_int2(m.lo | m.hi); }
static int own_some_int8(int8 m) { return own_some_int4(m.lo | m.hi); }
static int own_some_int16(int16 m) { return own_some_int8(m.lo | m.hi); }
#endif

// What odd functions with slope 1 are next to 0: the sign of a zero stays, which their polynomials lose.
static FLOAT own_near_zero_FLOAT(FLOAT result, FLOAT x) {
    return select(result, x, fabs(x) < 1e-4f);
}

// Arguments beyond the range of the reduction go to the built-in, and they alone: what lies beside them changes no bit.
static FLOAT own_sin_FLOAT(FLOAT x) {
    const INT large = !(fabs(x) <= 12000.0f);
    INT quadrant;
    const FLOAT r = own_reduced_FLOAT(x, &quadrant);
    const FLOAT own = own_near_zero_FLOAT(own_sine_FLOAT(r, quadrant), x);
    return own_some_INT(large) ? select(own, sin(x), large) : own;
}

static FLOAT own_cos_FLOAT(FLOAT x) {
    const INT large = !(fabs(x) <= 12000.0f);
    INT quadrant;
    const FLOAT r = own_reduced_FLOAT(x, &quadrant);
    const FLOAT own = own_sine_FLOAT(r, quadrant + 1);
    return own_some_INT(large) ? select(own, cos(x), large) : own;
}

// Within 4 units of the last place.
static FLOAT own_tan_FLOAT(FLOAT x) {
    const INT large = !(fabs(x) <= 12000.0f);
    INT quadrant;
    const FLOAT r = own_reduced_FLOAT(x, &quadrant);
    const FLOAT s = own_sine_FLOAT(r, (INT)(0)), c = own_sine_FLOAT(r, (INT)(1));
    const FLOAT own = own_near_zero_FLOAT(select(s / c, -c / s, (quadrant & 1) != 0), x);
    return own_some_INT(large) ? select(own, tan(x), large) : own;
}

// e / (e + 2) with e = exp(2 |x|) - 1; from 10 on it is 1.
static FLOAT own_tanh_FLOAT(FLOAT x) {
#pragma OPENCL FP_CONTRACT ON
    const FLOAT a = fabs(x), b = select(a, (FLOAT)(10.0f), a > 10.0f);
    const FLOAT e = own_exp_less_FLOAT(b + b);
    return copysign(e / (e + 2.0f), x);
}

// 1 - exp(-q(|x|)), q(a) = a times a polynomial; from 4 on it is 1.
static FLOAT own_erf_FLOAT(FLOAT x) {
#pragma OPENCL FP_CONTRACT ON
    const FLOAT a = fabs(x), b = select(a, (FLOAT)(4.0f), a > 4.0f);
    FLOAT q = b * -9.302863873e-06f + 1.1807464034e-04f;
    q = q * b - 6.3445285195e-04f;
    q = q * b + 0.00167013658f;
    q = q * b - 1.6370351314e-04f;
    q = q * b - 0.01915113069f;
    q = q * b + 0.10277725011f;
    q = q * b + 0.63661944866f;
    q = q * b + 0.12837916710f;
    return copysign(own_exp_less_FLOAT(-(q * b + b)), x);
}
