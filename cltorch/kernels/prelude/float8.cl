// Floats of 8 bits in registers and in memory, as half.cl has those of 16. e4m3fn: 3 bits of mantissa, no infinity, 448 is the
// largest number; e5m2: 2 bits, a half without its low byte.

static FLOAT e4m3fn_to_FLOAT(UCHAR stored) {
    const UINT bits = convert_UINT(stored);
    const UINT magnitude = (bits & 0x7fu) << 20;
    const UINT tiny = as_UINT(as_FLOAT(magnitude + (121u << 23)) - 0.015625f);
    const UINT finite = select(magnitude + (120u << 23), tiny, magnitude < (1u << 23));
    return as_FLOAT(select(finite, (UINT)(0x7fc00000u), magnitude == (0x7fu << 20)) | ((bits & 0x80u) << 24));
}

// Below 2^-6 the spacing is 2^-9, which adding 2^14 brings about; what is larger than 448, also infinity, becomes 448.
static FLOAT round_e4m3fn_FLOAT(FLOAT x) {
#pragma OPENCL FP_CONTRACT OFF
    const UINT bits = as_UINT(x);
    const UINT sign = bits & 0x80000000u;
    const UINT magnitude = bits ^ sign;
    const UINT normal = (magnitude + 0x0007ffffu + ((magnitude >> 20) & 1u)) & 0xfff00000u;
    const UINT tiny = as_UINT((as_FLOAT(magnitude) + 16384.0f) - 16384.0f);
    const UINT finite = select(normal, tiny, magnitude < 0x3c800000u);
    const UINT bounded = select(finite, (UINT)(0x43e00000u), normal > 0x43e00000u);
    return as_FLOAT(select(bounded, (UINT)(0x7fc00000u), magnitude > 0x7f800000u) | sign);
}

static UCHAR FLOAT_to_e4m3fn(FLOAT x) {
    const UINT bits = as_UINT(x);
    const UINT magnitude = bits & 0x7fffffffu;
    const UINT normal = (magnitude >> 20) - (120u << 3);
    const UINT tiny = as_UINT(as_FLOAT(magnitude) + 16384.0f) - 0x46800000u;
    const UINT finite = select(normal, tiny, magnitude < 0x3c800000u);
    return convert_UCHAR(select(finite, (UINT)(0x7fu), magnitude > 0x43e00000u) | ((bits >> 24) & 0x80u));
}

static FLOAT e5m2_to_FLOAT(UCHAR stored) {
    const UINT bits = convert_UINT(stored);
    const UINT magnitude = (bits & 0x7fu) << 21;
    const UINT exponent = magnitude & 0x0f800000u;
    const UINT moved = magnitude + (112u << 23);
    const UINT tiny = as_UINT(as_FLOAT(magnitude + (113u << 23)) - 6.103515625e-05f);
    const UINT finite = select(moved, tiny, exponent == 0u);
    return as_FLOAT(select(finite, moved + (112u << 23), exponent == 0x0f800000u) | ((bits & 0x80u) << 24));
}

// Below 2^-14 the spacing is 2^-16, which adding 128 brings about; what rounds to more than 57344 is infinite.
static FLOAT round_e5m2_FLOAT(FLOAT x) {
#pragma OPENCL FP_CONTRACT OFF
    const UINT bits = as_UINT(x);
    const UINT sign = bits & 0x80000000u;
    const UINT magnitude = bits ^ sign;
    const UINT normal = (magnitude + 0x000fffffu + ((magnitude >> 21) & 1u)) & 0xffe00000u;
    const UINT tiny = as_UINT((as_FLOAT(magnitude) + 128.0f) - 128.0f);
    const UINT finite = select(normal, tiny, magnitude < 0x38800000u);
    const UINT infinite = select(finite, (UINT)(0x7f800000u), normal > 0x47600000u);
    return as_FLOAT(select(infinite, (UINT)(0x7fc00000u), magnitude > 0x7f800000u) | sign);
}

static UCHAR FLOAT_to_e5m2(FLOAT x) {
    const UINT bits = as_UINT(x);
    const UINT magnitude = bits & 0x7fffffffu;
    const UINT normal = (magnitude >> 21) - (112u << 2);
    const UINT tiny = as_UINT(as_FLOAT(magnitude) + 128.0f) - 0x43000000u;
    const UINT finite = select(normal, tiny, magnitude < 0x38800000u);
    const UINT infinite = select(finite, (UINT)(0x7cu), magnitude >= 0x7f800000u);
    return convert_UCHAR(select(infinite, (UINT)(0x7fu), magnitude > 0x7f800000u) | ((bits >> 24) & 0x80u));
}
