// Vector types that need no more than the alignment of one element, for loads and stores at any element.
typedef char2 char2_at __attribute__((aligned(1)));
typedef char4 char4_at __attribute__((aligned(1)));
typedef char8 char8_at __attribute__((aligned(1)));
typedef char16 char16_at __attribute__((aligned(1)));
typedef uchar2 uchar2_at __attribute__((aligned(1)));
typedef uchar4 uchar4_at __attribute__((aligned(1)));
typedef uchar8 uchar8_at __attribute__((aligned(1)));
typedef uchar16 uchar16_at __attribute__((aligned(1)));
typedef short2 short2_at __attribute__((aligned(2)));
typedef short4 short4_at __attribute__((aligned(2)));
typedef short8 short8_at __attribute__((aligned(2)));
typedef short16 short16_at __attribute__((aligned(2)));
typedef ushort2 ushort2_at __attribute__((aligned(2)));
typedef ushort4 ushort4_at __attribute__((aligned(2)));
typedef ushort8 ushort8_at __attribute__((aligned(2)));
typedef ushort16 ushort16_at __attribute__((aligned(2)));
typedef int2 int2_at __attribute__((aligned(4)));
typedef int4 int4_at __attribute__((aligned(4)));
typedef int8 int8_at __attribute__((aligned(4)));
typedef int16 int16_at __attribute__((aligned(4)));
typedef uint2 uint2_at __attribute__((aligned(4)));
typedef uint4 uint4_at __attribute__((aligned(4)));
typedef uint8 uint8_at __attribute__((aligned(4)));
typedef uint16 uint16_at __attribute__((aligned(4)));
typedef float2 float2_at __attribute__((aligned(4)));
typedef float4 float4_at __attribute__((aligned(4)));
typedef float8 float8_at __attribute__((aligned(4)));
typedef float16 float16_at __attribute__((aligned(4)));
typedef long2 long2_at __attribute__((aligned(8)));
typedef long4 long4_at __attribute__((aligned(8)));
typedef long8 long8_at __attribute__((aligned(8)));
typedef long16 long16_at __attribute__((aligned(8)));
typedef ulong2 ulong2_at __attribute__((aligned(8)));
typedef ulong4 ulong4_at __attribute__((aligned(8)));
typedef ulong8 ulong8_at __attribute__((aligned(8)));
typedef ulong16 ulong16_at __attribute__((aligned(8)));
#ifdef cl_khr_fp64
typedef double2 double2_at __attribute__((aligned(8)));
typedef double4 double4_at __attribute__((aligned(8)));
typedef double8 double8_at __attribute__((aligned(8)));
typedef double16 double16_at __attribute__((aligned(8)));
#endif

// Write a vector past the caches, where the compiler can: a result that they could not hold need not be read into them first.
#ifdef __has_builtin
#if __has_builtin(__builtin_nontemporal_store)
#define store_past(value, pointer) __builtin_nontemporal_store(value, pointer)
#endif
#endif
#ifndef store_past
#define store_past(value, pointer) (*(pointer) = (value))
#endif
