// float16 and bfloat16 in registers and in memory. A value is kept in a float and is always exact in its own dtype.
// Every function exists for each number of lanes: FLOAT, UINT, INT and USHORT stand for the types with that many.

#ifdef cl_khr_fp16  // then the conversions are the device's
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
static FLOAT half_to_FLOAT(USHORT stored) { return convert_FLOAT(as_HALF(stored)); }
static FLOAT round_half_FLOAT(FLOAT x) { return convert_FLOAT(convert_HALF_rte(x)); }
static USHORT FLOAT_to_half(FLOAT x) { return as_USHORT(convert_HALF_rte(x)); }
#else  // these are functions of every driver, and instructions where the processor has them
static FLOAT half_to_FLOAT(USHORT stored) { return vload_HALF(0, (const half*)&stored); }
static USHORT FLOAT_to_half(FLOAT x) {
    USHORT stored;
    vstore_HALF_rte(x, 0, (half*)&stored);
    return stored;
}
static FLOAT round_half_FLOAT(FLOAT x) { return half_to_FLOAT(FLOAT_to_half(x)); }
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
