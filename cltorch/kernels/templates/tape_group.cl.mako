## The tape, GPU form: one work-group of ${group} reads instructions; its work-items share the elements of each, and a barrier
## stands between two instructions.
##
## Called by tape.py; the instructions are those of tape.cl.mako. Scatter is left to one work-item: sums are the same every time.
#define F float
#define L long
#define BYTES __global uchar*
#define AT(type, p) (*(__global type*)(p))
#define GROUP ${group}
% for kind in ("float", "long"):
static ${kind} KERNEL_get_${kind}(const BYTES p, const int type) {
switch (type) {
case 0: return AT(float, p);
case 1: return vload_half(0, (const __global half*)p);
case 2: return as_float((uint)AT(ushort, p) << 16);
case 3: case 4: return AT(uchar, p);
case 5: return AT(char, p);
case 6: return AT(short, p);
case 7: return AT(int, p);
default: return AT(long, p);
}
}
static void KERNEL_put_${kind}(BYTES p, const int type, const ${kind} x) {
switch (type) {
case 0: AT(float, p) = x; return;
% if kind == "float":
case 1: vstore_half_rte(x, 0, (__global half*)p); return;
case 2: { const uint bits = as_uint(x); AT(ushort, p) = isnan(x) ? 0x7fc0 : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16); return; }
case 3: AT(uchar, p) = x != 0; return;
% else:
case 3: AT(uchar, p) = x != 0; return;
case 4: AT(uchar, p) = (uchar)x; return;
case 5: AT(char, p) = (char)x; return;
case 6: AT(short, p) = (short)x; return;
case 7: AT(int, p) = (int)x; return;
default: AT(long, p) = x;
% endif
}
}
static ${kind} KERNEL_join_${kind}(const int how, const ${kind} a, const ${kind} b) {
switch (how) {
% if kind == "float":
case 0: return a + b;
case 1: return a * b;
case 2: case 4: return a > b || a != a ? a : b;
default: return a < b || a != a ? a : b;
% else:
case 0: return (long)((ulong)a + (ulong)b);
case 1: return (long)((ulong)a * (ulong)b);
case 2: case 4: return max(a, b);
default: return min(a, b);
% endif
}
}
% endfor
% for kind in ("float", "long"):
static void KERNEL_map_${kind}(BYTES arena, const __global int* w, const __global float* floats, const __global long* longs, __global int* fault) {
#pragma OPENCL FP_CONTRACT OFF
int op, n, rank = 0, total, nops = 3;
int t0 = 0, t1 = 0, t2 = 0, td = 0, s0 = 0, s1 = 0, s2 = 0, sd = 4, q0 = 0, q1 = 0, q2 = 0, qd;
const __global int* dims = w;
% if kind == "float":
if (w[0] == 1) {
op = w[1]; n = total = w[2]; qd = w[3];
q0 = w[4]; s0 = w[5] * 4; q1 = w[6]; s1 = w[7] * 4; q2 = w[8]; s2 = w[9] * 4;
t0 = s0 < 0 ? 9 : 0; t1 = s1 < 0 ? 9 : 0; t2 = s2 < 0 ? 9 : 0;
} else {
% endif
op = w[2]; nops = w[3]; rank = w[4]; n = total = w[5]; td = w[6]; qd = w[7]; sd = w[8];
if (nops > 0) { t0 = w[9]; q0 = w[10]; s0 = w[11]; }
if (nops > 1) { t1 = w[12]; q1 = w[13]; s1 = w[14]; }
if (nops > 2) { t2 = w[15]; q2 = w[16]; s2 = w[17]; }
dims = w + 9 + 3 * nops;
for (int d = 0; d < rank; d++) total *= dims[d * (nops + 2)];
% if kind == "float":
}
% endif
for (int element = get_local_id(0); element < total; element += GROUP) {
const long position = element;
int rest = element / n;
const long at = element % n;
BYTES pd = arena + qd + at * sd;
const BYTES p0 = arena + (t0 == 9 ? 0 : q0) + at * s0 * (t0 != 9);
const BYTES p1 = arena + (t1 == 9 ? 0 : q1) + at * s1 * (t1 != 9);
const BYTES p2 = arena + (t2 == 9 ? 0 : q2) + at * s2 * (t2 != 9);
for (int d = rank - 1; d >= 0; d--) {
const __global int* dim = dims + d * (nops + 2);
const int i = rest % dim[0];
rest /= dim[0];
pd += (long)i * dim[1];
if (nops > 0) p0 += (long)i * dim[2];
if (nops > 1) p1 += (long)i * dim[3];
if (nops > 2) p2 += (long)i * dim[4];
}
<% table = "floats" if kind == "float" else "longs" %>
const ${kind} x0 = nops < 1 ? 0 : t0 == 9 ? ${table}[q0] : KERNEL_get_${kind}(p0, t0);
const ${kind} x1 = nops < 2 ? 0 : t1 == 9 ? ${table}[q1] : KERNEL_get_${kind}(p1, t1);
const ${kind} x2 = nops < 3 ? 0 : t2 == 9 ? ${table}[q2] : KERNEL_get_${kind}(p2, t2);
${kind} r = x0;
switch (op) {
% for case in cases[kind]:
% for line in case:
${line}
% endfor
% endfor
}
KERNEL_put_${kind}(pd, td, r);
}
}
static int KERNEL_better_${kind}(const int how, const ${kind} a, const long at, const ${kind} b, const long bt) {
return (how == 6 ? b > a : b < a) || (b != b && a == a) || ((a == b || (a != a && b != b)) && bt < at);
}
static void KERNEL_reduce_${kind}(BYTES arena, const __global int* w, __local ${kind}* state, __local long* where) {
#pragma OPENCL FP_CONTRACT OFF
const int how = w[2], ti = w[4], to = w[5], kept = w[8], reduced = w[9];
const __global int* kd = w + 10;
const __global int* rd = kd + 2 * kept;
const int so = to == 8 ? 8 : to == 0 || to == 7 ? 4 : to == 1 || to == 2 || to == 6 ? 2 : 1;
const ${kind} identity = how == 0 || how == 4 ? 0 : how == 1 || how == 5 ? 1 : how == 2 || how == 6 ? ${"-INFINITY" if kind == "float" else "LONG_MIN"} : ${"INFINITY" if kind == "float" else "LONG_MAX"};
const int truth = how == 4 || how == 5, places = how >= 6;
int rows = 1, n = 1;
for (int d = 0; d < kept; d++) rows *= kd[2 * d];
for (int d = 0; d < reduced; d++) n *= rd[2 * d];
const int together = rows * 4 < GROUP;
const int me = get_local_id(0), step = together ? GROUP : 1;
for (int row = together ? 0 : me; row < rows; row += together ? 1 : GROUP) {
BYTES from = arena + w[6];
int rest = row;
for (int d = kept - 1; d >= 0; d--) { from += (long)(rest % kd[2 * d]) * kd[2 * d + 1]; rest /= kd[2 * d]; }
${kind} acc = identity;
long best = LONG_MAX;
for (int at = together ? me : 0; at < n; at += step) {
const BYTES p = from;
rest = at;
for (int d = reduced - 1; d >= 0; d--) { p += (long)(rest % rd[2 * d]) * rd[2 * d + 1]; rest /= rd[2 * d]; }
${kind} x = KERNEL_get_${kind}(p, ti);
if (truth) x = x != 0;
if (!places) acc = KERNEL_join_${kind}(how, acc, x);
else if (best == LONG_MAX || KERNEL_better_${kind}(how, acc, best, x, at)) { acc = x; best = at; }
}
if (together) {
state[me] = acc;
where[me] = best;
for (int half_group = GROUP / 2; half_group > 0; half_group /= 2) {
barrier(CLK_LOCAL_MEM_FENCE);
if (me < half_group) {
const ${kind} b = state[me + half_group];
const long bt = where[me + half_group];
if (!places) state[me] = KERNEL_join_${kind}(how, state[me], b);
else if (bt != LONG_MAX && (where[me] == LONG_MAX || KERNEL_better_${kind}(how, state[me], where[me], b, bt))) { state[me] = b; where[me] = bt; }
}
}
barrier(CLK_LOCAL_MEM_FENCE);
acc = state[0];
best = where[0];
barrier(CLK_LOCAL_MEM_FENCE);
if (me != 0) continue;
}
BYTES out = arena + w[7] + (long)row * so;
if (places) KERNEL_put_long(out, to, best); else KERNEL_put_${kind}(out, to, acc);
}
}
% endfor
static void KERNEL_gemm(BYTES arena, const __global int* w) {
const int m = w[3], n = w[4], k = w[5], total = w[2] * m * n;
__global float* out = (__global float*)(arena + w[15]);
for (int element = get_local_id(0); element < total; element += GROUP) {
const int j = element % n, i = element / n % m, g = element / (n * m);
const __global float* a = (const __global float*)(arena + w[6]) + (long)g * w[7] + (long)i * w[8];
const __global float* b = (const __global float*)(arena + w[10]) + (long)g * w[11] + (long)j * w[13];
float s = 0;
for (int t = 0; t < k; t++) s = fma(a[(long)t * w[9]], b[(long)t * w[12]], s);
out[element] = w[14] < 0 ? s : s + ((const __global float*)(arena + w[14]))[j];
}
}
static void KERNEL_move(BYTES target, BYTES source, const int size) {
switch (size) {
case 1: *target = *source; break;
case 2: AT(ushort, target) = AT(ushort, source); break;
case 4: AT(uint, target) = AT(uint, source); break;
default: AT(ulong, target) = AT(ulong, source);
}
}
## --- w = kind, length, element size, parts, elements of each, place out, then the place of every part
static void KERNEL_pile(BYTES arena, const __global int* w) {
const int size = w[2], width = w[4], total = w[3] * width;
for (int k = get_local_id(0); k < total; k += GROUP) KERNEL_move(arena + w[5] + (long)k * size, arena + w[6 + k / width] + (long)(k % width) * size, size);
}
static void KERNEL_index(BYTES arena, const __global int* w, __global int* fault) {
const int gather = w[0] == 7, mode = w[2], size = w[3], rank = w[4], count = w[5];
const __global int* dims = w + 8;
int units = 1;
for (int d = 0; d < rank; d++) units *= dims[3 * d];
const int step = gather ? GROUP : 1;
if (!gather && get_local_id(0) != 0) units = 0;
for (int unit = get_local_id(0); unit < units; unit += step) {
const __global int* index = dims + 3 * rank;
int rest = unit;
long inside = 0, beside = 0;
int bad = 0;
for (int d = rank - 1; d >= 0; d--) { const int i = rest % dims[3 * d]; rest /= dims[3 * d]; inside += (long)i * dims[3 * d + 1]; beside += (long)i * dims[3 * d + 2]; }
for (int q = 0; q < count; q++, index += 6 + rank) {
long where = index[0];
rest = unit;
for (int d = rank - 1; d >= 0; d--) { where += (long)(rest % dims[3 * d]) * index[6 + d]; rest /= dims[3 * d]; }
long value = KERNEL_get_long(arena + where, index[1]);
if (value < index[5] || value >= index[2]) { bad = 1; fault[1] = (int)value; fault[2] = index[2]; fault[3] = index[4]; fault[0] = 1; value = 0; }
if (value < 0) value += index[2];
inside += value * index[3];
}
if (bad && !gather) continue;
BYTES target = arena + w[7] + (gather ? beside : inside);
BYTES source = arena + w[6] + (gather ? inside : beside);
if (mode == 0) KERNEL_move(target, source, size); else if (size <= 2) {
const float old = KERNEL_get_float(target, size), new = KERNEL_get_float(source, size);
KERNEL_put_float(target, size, mode == 1 ? old + new : mode == 2 ? old * new : mode == 3 ? (new > old || new != new ? new : old) : (new < old || new != new ? new : old));
} else {
const long old = KERNEL_get_long(target, size), new = KERNEL_get_long(source, size);
KERNEL_put_long(target, size, mode == 1 ? (long)((ulong)old + (ulong)new) : mode == 2 ? (long)((ulong)old * (ulong)new) : mode == 3 ? max(old, new) : min(old, new));
}
}
}
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void ${name}(BYTES arena, const __global int* words, __global int* fault, const int start) {
__local float float_state[GROUP];
__local long long_state[GROUP], where[GROUP];
words += start;
const __global float* floats = (const __global float*)(words + words[0]);
const __global long* longs = (const __global long*)(words + words[1]);
const __global int* w = words + 4;
while (w[0]) {
switch (w[0]) {
case 1: case 2: KERNEL_map_float(arena, w, floats, longs, fault); break;
case 3: KERNEL_map_long(arena, w, floats, longs, fault); break;
case 4: KERNEL_reduce_float(arena, w, float_state, where); break;
case 5: KERNEL_reduce_long(arena, w, long_state, where); break;
case 6: KERNEL_gemm(arena, w); break;
case 9: KERNEL_pile(arena, w); break;
default: KERNEL_index(arena, w, fault);
}
w += w[0] == 1 ? 10 : w[1];
barrier(CLK_GLOBAL_MEM_FENCE | CLK_LOCAL_MEM_FENCE);
}
}
#undef F
#undef L
#undef AT
#undef BYTES
#undef GROUP
