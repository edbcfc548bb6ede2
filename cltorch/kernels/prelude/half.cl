// float16 and bfloat16 in registers and in memory. A value is kept in a float and is always exact in its own dtype.
// Every function exists for each number of lanes: FLOAT, UINT, INT and USHORT stand for the types with that many.

#ifdef cl_khr_fp16  // then the conversions are the device's
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
static FLOAT half_to_FLOAT(USHORT stored) { return convert_FLOAT(as_HALF(stored)); }
static FLOAT round_half_FLOAT(FLOAT x) { return convert_FLOAT(convert_HALF_rte(x)); }
static USHORT FLOAT_to_half(FLOAT x) { return as_USHORT(convert_HALF_rte(x)); }
#else
// The float that 16 bits of a float16 stand for: shift exponent and mantissa into place, then correct the exponent;
// a denormal number is scaled by a subtraction, which is exact.
static FLOAT half_to_FLOAT(USHORT stored) {
    const UINT bits = convert_UINT(stored);
    const UINT magnitude = (bits & 0x7fffu) << 13;
    const UINT exponent = magnitude & 0x0f800000u;
    const UINT moved = magnitude + (112u << 23);
    const UINT special = moved + (112u << 23);
    const UINT tiny = as_UINT(as_FLOAT(magnitude + (113u << 23)) - 6.103515625e-05f);
    const UINT finite = select(moved, tiny, exponent == 0u);
    return as_FLOAT(select(finite, special, exponent == 0x0f800000u) | ((bits & 0x8000u) << 16));
}

// x rounded to 11 bits of mantissa, half to even. Below 2^-14 the spacing is 2^-24, which adding 0.5 brings about;
// from 65520 on the result is infinite.
static FLOAT round_half_FLOAT(FLOAT x) {
#pragma OPENCL FP_CONTRACT OFF
    const UINT bits = as_UINT(x);
    const UINT sign = bits & 0x80000000u;
    const UINT magnitude = bits ^ sign;
    const UINT normal = (magnitude + 0x0fffu + ((magnitude >> 13) & 1u)) & 0xffffe000u;
    const UINT tiny = as_UINT((as_FLOAT(magnitude) + 0.5f) - 0.5f);
    const UINT finite = select(normal, tiny, magnitude < 0x38800000u);
    const UINT infinite = select(finite, (UINT)(0x7f800000u), normal > 0x477fe000u);
    return as_FLOAT(select(infinite, magnitude, magnitude > 0x7f800000u) | sign);
}

// The bits of a float that is exact in float16.
static USHORT FLOAT_to_half(FLOAT x) {
    const UINT bits = as_UINT(x);
    const UINT magnitude = bits & 0x7fffffffu;
    const UINT normal = (magnitude >> 13) - (112u << 10);
    const UINT tiny = as_UINT(as_FLOAT(magnitude) + 0.5f) - 0x3f000000u;
    const UINT finite = select(normal, tiny, magnitude < 0x38800000u);
    const UINT infinite = select(finite, (UINT)(0x7c00u), magnitude >= 0x7f800000u);
    const UINT result = select(infinite, (UINT)(0x7e00u), magnitude > 0x7f800000u);
    return convert_USHORT(result | ((bits >> 16) & 0x8000u));
}
#endif

// The float that 16 bits of a bfloat16 stand for.
static FLOAT bfloat_to_FLOAT(USHORT stored) {
    return as_FLOAT(convert_UINT(stored) << 16);
}

// x rounded to 8 bits of mantissa, half to even.
static FLOAT round_bfloat_FLOAT(FLOAT x) {
    const UINT bits = as_UINT(x);
    const UINT rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) & 0xffff0000u;
    return as_FLOAT(select(rounded, (UINT)(0x7fc00000u), (bits & 0x7fffffffu) > 0x7f800000u));
}

// The bits of a float that is exact in bfloat16.
static USHORT FLOAT_to_bfloat(FLOAT x) {
    return convert_USHORT(as_UINT(x) >> 16);
}
