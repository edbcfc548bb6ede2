## The tape, CPU form: one work-item reads instructions and runs them in vectors of ${lanes}.
##
## Called by tape.py, which says what an instruction is; graph/tape.py writes them. `w` is the instruction. An operand is three
## words: type, place in the arena in bytes (or index of a number), stride in bytes. Loads may reach beyond an operand's end:
## the arena has room behind its last block; stores never do, but FAST ones, whose results are padded to whole vectors.
<%
W = lanes
numbers = ", ".join(map(str, range(W)))
%>
typedef float${W} KERNEL_F;
typedef long${W} KERNEL_L;
typedef int${W} KERNEL_I;
#define F KERNEL_F
#define L KERNEL_L
#define BYTES __global uchar*
#define AT(type, p) (*(__global type*)(p))
#define ROLLED __attribute__((opencl_unroll_hint(1)))
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
<% V = "F" if kind == "float" else "L"; own = 0 if kind == "float" else 8 %>
static ${V} KERNEL_load_${kind}(const BYTES p, const int type, const int stride, const int left) {
% if kind == "float":
if (stride == 4 && type == 0) return *(__global float${W}_at*)p;
if (stride == 1 && type == 3) return convert_float${W}(*(__global uchar${W}_at*)p);
% else:
if (stride == 8 && type == 8) return *(__global long${W}_at*)p;
if (stride == 1 && type == 3) return convert_long${W}(*(__global uchar${W}_at*)p);
% endif
if (stride == 0) return (${V})(KERNEL_get_${kind}(p, type));
${kind} lane[${W}];
if (type == ${own}) ROLLED for (int l = 0; l < ${W}; l++) lane[l] = AT(${kind}, p + (long)min(l, left - 1) * stride);
else ROLLED for (int l = 0; l < ${W}; l++) lane[l] = KERNEL_get_${kind}(p + (long)min(l, left - 1) * stride, type);
return *(${kind}${W}_at*)lane;
}
static void KERNEL_store_${kind}(BYTES p, const int type, const int stride, const int left, const ${V} x) {
if (left >= ${W} && stride == ${4 if kind == "float" else 8} && type == ${own}) { *(__global ${kind}${W}_at*)p = x; return; }
if (left >= ${W} && stride == 1 && type == 3) { *(__global uchar${W}_at*)p = convert_uchar${W}(x); return; }
${kind} lane[${W}];
*(${kind}${W}_at*)lane = x;
const int some = min(left, ${W});
ROLLED for (int l = 0; l < some; l++) KERNEL_put_${kind}(p + (long)l * stride, type, lane[l]);
}
static ${V} KERNEL_join_${kind}(const int how, const ${V} a, const ${V} b) {
switch (how) {
% if kind == "float":
case 0: return a + b;
case 1: return a * b;
case 2: case 4: return select(b, a, (a > b) | (a != a));
default: return select(b, a, (a < b) | (a != a));
% else:
case 0: return as_long${W}(as_ulong${W}(a) + as_ulong${W}(b));
case 1: return as_long${W}(as_ulong${W}(a) * as_ulong${W}(b));
case 2: case 4: return max(a, b);
default: return min(a, b);
% endif
}
}
static ${kind} KERNEL_across_${kind}(const int how, const ${V} x) {
${kind} lane[${W}];
*(${kind}${W}_at*)lane = x;
for (int some = ${W // 2}; some > 0; some /= 2) for (int l = 0; l < some; l++) {
const ${kind} a = lane[l], b = lane[l + some];
% if kind == "float":
lane[l] = how == 0 ? a + b : how == 1 ? a * b : how == 2 || how == 4 ? ((a > b || a != a) ? a : b) : ((a < b || a != a) ? a : b);
% else:
lane[l] = how == 0 ? (long)((ulong)a + (ulong)b) : how == 1 ? (long)((ulong)a * (ulong)b) : how == 2 || how == 4 ? max(a, b) : min(a, b);
% endif
}
return lane[0];
}
% endfor
% for kind in cases:
<% V = "F" if kind == "float" else "L" %>
static void KERNEL_map_${kind}(BYTES arena, const __global int* w, const __global float* floats, const __global long* longs, __global int* fault) {
#pragma OPENCL FP_CONTRACT OFF
% if kind == "float":
const int fast = w[0] == 1;
% endif
int op, n, rank = 0, rows = 1, nops = 3;
int t0 = 0, t1 = 0, t2 = 0, td = 0, s0 = 0, s1 = 0, s2 = 0, sd = 4, q0 = 0, q1 = 0, q2 = 0, qd;
const __global int* dims = w;
% if kind == "float":
if (fast) {
op = w[1]; n = w[2]; qd = w[3];
q0 = w[4]; s0 = w[5] * 4; q1 = w[6]; s1 = w[7] * 4; q2 = w[8]; s2 = w[9] * 4;
t0 = s0 < 0 ? 9 : 0; t1 = s1 < 0 ? 9 : 0; t2 = s2 < 0 ? 9 : 0;
} else {
% endif
op = w[2]; nops = w[3]; rank = w[4]; n = w[5]; td = w[6]; qd = w[7]; sd = w[8];
if (nops > 0) { t0 = w[9]; q0 = w[10]; s0 = w[11]; }
if (nops > 1) { t1 = w[12]; q1 = w[13]; s1 = w[14]; }
if (nops > 2) { t2 = w[15]; q2 = w[16]; s2 = w[17]; }
dims = w + 9 + 3 * nops;
for (int d = 0; d < rank; d++) rows *= dims[d * (nops + 2)];
% if kind == "float":
}
% endif
% for k in range(3):
${V} c${k} = (${V})(0);
const int once${k} = t${k} == 9 || (s${k} == 0 && rank == 0);
if (once${k}) { c${k} = (${V})(t${k} == 9 ? ${"floats" if kind == "float" else "longs"}[q${k}] : KERNEL_get_${kind}(arena + q${k}, t${k})); s${k} = 0; }
% endfor
int position0 = 0;
for (int row = 0; row < rows; row++) {
BYTES pd = arena + qd;
BYTES p0 = arena + q0; BYTES p1 = arena + q1; BYTES p2 = arena + q2;
int rest = row;
for (int d = rank - 1; d >= 0; d--) {
const __global int* dim = dims + d * (nops + 2);
const int i = rest % dim[0];
rest /= dim[0];
pd += (long)i * dim[1];
if (nops > 0) p0 += (long)i * dim[2];
if (nops > 1) p1 += (long)i * dim[3];
if (nops > 2) p2 += (long)i * dim[4];
}
for (int at = 0; at < n; at += ${W}) {
const int left = n - at;
${V} x0 = c0, x1 = c1, x2 = c2;
% if kind == "float":
if (fast) {
if (!once0) x0 = *(__global float${W}_at*)(p0 + (long)at * 4);
if (!once1) x1 = *(__global float${W}_at*)(p1 + (long)at * 4);
if (!once2) x2 = *(__global float${W}_at*)(p2 + (long)at * 4);
} else {
% endif
if (!once0) x0 = KERNEL_load_${kind}(p0 + (long)at * s0, t0, s0, left);
if (nops > 1 && !once1) x1 = KERNEL_load_${kind}(p1 + (long)at * s1, t1, s1, left);
if (nops > 2 && !once2) x2 = KERNEL_load_${kind}(p2 + (long)at * s2, t2, s2, left);
% if kind == "float":
}
% endif
if (left < ${W}) { // what lies behind the end must not matter: sine and cosine look at all lanes before they choose how to compute
<% M = "KERNEL_I" if kind == "float" else "L" %>
const ${M} beyond = (${M})(${numbers}) >= (${M})(left);
x0 = select(x0, (${V})(x0.s0), beyond);
x1 = select(x1, (${V})(x1.s0), beyond);
x2 = select(x2, (${V})(x2.s0), beyond);
}
const L position = (L)((long)(position0 + at)) + (L)(${numbers});
${V} r = x0;
switch (op) {
% for case in cases[kind]:
% for line in case:
${line}
% endfor
% endfor
}
% if kind == "float":
if (fast) *(__global float${W}_at*)(pd + (long)at * 4) = r; else
% endif
KERNEL_store_${kind}(pd + (long)at * sd, td, sd, left, r);
}
position0 += n;
}
}
## --- reductions: w = kind, length, how, columns, type in, type out, place in, place out, kept dims, reduced dims, then (size, stride) each.
static void KERNEL_reduce_${kind}(BYTES arena, const __global int* w) {
#pragma OPENCL FP_CONTRACT OFF
const int how = w[2], columns = w[3], ti = w[4], to = w[5], kept = w[8], reduced = w[9];
const __global int* kd = w + 10;
const __global int* rd = kd + 2 * kept;
BYTES in = arena + w[6];
BYTES out = arena + w[7];
const int so = to == 8 ? 8 : to == 0 || to == 7 ? 4 : to == 1 || to == 2 || to == 6 ? 2 : 1;
const ${kind} identity = how == 0 || how == 4 ? 0 : how == 1 || how == 5 ? 1 : how == 2 || how == 6 ? ${"-INFINITY" if kind == "float" else "LONG_MIN"} : ${"INFINITY" if kind == "float" else "LONG_MAX"};
const int truth = how == 4 || how == 5, places = ${"how >= 6" if is_whole else "0"};
int rows = 1, walks = 1;
for (int d = 0; d < kept - columns; d++) rows *= kd[2 * d];
for (int d = 0; d < reduced - 1; d++) walks *= rd[2 * d];
const int n = rd[2 * reduced - 2], sn = rd[2 * reduced - 1];
const int across = columns ? kd[2 * kept - 2] : 1, sa = columns ? kd[2 * kept - 1] : 0;
for (int row = 0; row < rows; row++) {
BYTES from = in;
int rest = row;
for (int d = kept - columns - 1; d >= 0; d--) { from += (long)(rest % kd[2 * d]) * kd[2 * d + 1]; rest /= kd[2 * d]; }
for (int c = 0; c < across; c += ${W}) {
${V} acc = (${V})(identity), total = acc;
L best = (L)(LONG_MAX);
int since = 0;
for (int walk = 0; walk < walks; walk++) {
BYTES p = from + (long)c * sa;
rest = walk;
for (int d = reduced - 2; d >= 0; d--) { p += (long)(rest % rd[2 * d]) * rd[2 * d + 1]; rest /= rd[2 * d]; }
for (int at = 0; at < n; at += columns ? 1 : ${W}) {
const int left = columns ? across - c : n - at;
${V} x = KERNEL_load_${kind}(p + (long)at * sn, ti, columns ? sa : sn, left);
if (truth) x = select((${V})(0), (${V})(1), x != (${V})(0));
if (!columns && left < ${W}) x = select((${V})(identity), x, ${"(KERNEL_I)(%s) < (KERNEL_I)(left)" % numbers if kind == "float" else "(L)(%s) < (L)((long)left)" % numbers});
if (places) {
const long first = (long)walk * n + at;
const L here = columns ? (L)(first) : (L)(first) + (L)(${numbers});
% if kind == "float":
const KERNEL_I nb = x != x, na = acc != acc;
const L wins = convert_long${W}((how == 6 ? x > acc : x < acc) | (nb & ~na)) | (convert_long${W}((x == acc) | (nb & na)) & (here < best));
acc = select(acc, x, convert_int${W}(wins));
% else:
const L wins = (how == 6 ? x > acc : x < acc) | ((x == acc) & (here < best));
acc = select(acc, x, wins);
% endif
best = select(best, here, wins);
continue;
}
acc = KERNEL_join_${kind}(how, acc, x);
if (how == 0 && ++since == 128) { total = total + acc; acc = (${V})(0); since = 0; }
}
}
if (how == 0) acc = KERNEL_join_${kind}(0, total, acc);
if (columns) {
const int left = across - c;
if (places) KERNEL_store_long(out, to, so, left, best); else KERNEL_store_${kind}(out, to, so, left, acc);
out += (long)min(left, ${W}) * so;
continue;
}
if (places) {
${kind} lane[${W}];
long where[${W}];
*(${kind}${W}_at*)lane = acc;
*(long${W}_at*)where = best;
int k = 0;
ROLLED for (int l = 1; l < ${W}; l++) {
const ${kind} a = lane[k], b = lane[l];
if (where[l] < (long)walks * n && ((how == 6 ? b > a : b < a) || (b != b && a == a) || ((a == b || (a != a && b != b)) && where[l] < where[k]))) k = l;
}
KERNEL_put_long(out, to, where[k]);
} else KERNEL_put_${kind}(out, to, KERNEL_across_${kind}(how, acc));
out += so;
}
}
}
% endfor
% if is_whole:
## --- products: w = kind, length, batch, m, n, k, a (place, batch, row, column), b (likewise), bias or -1, out, scratch. Strides in elements.
static void KERNEL_gemm(BYTES arena, const __global int* w) {
const int m = w[3], n = w[4], k = w[5];
__global float* out = (__global float*)(arena + w[15]);
const __global float* bias = w[14] < 0 ? 0 : (const __global float*)(arena + w[14]);
for (int g = 0; g < w[2]; g++) {
const __global float* a = (const __global float*)(arena + w[6]) + (long)g * w[7];
const __global float* b = (const __global float*)(arena + w[10]) + (long)g * w[11];
const int ar = w[8], ac = w[9], br = w[12], bc = w[13];
if (br == 1 && ac == 1 && (m < 3 || (bc != 1 && k > 4096))) {
for (int i = 0; i < m; i++) for (int j = 0; j < n; j += 4) {
const __global float* x = a + (long)i * ar;
const __global float* y0 = b + (long)j * bc;
const __global float* y1 = b + (long)min(j + 1, n - 1) * bc;
const __global float* y2 = b + (long)min(j + 2, n - 1) * bc;
const __global float* y3 = b + (long)min(j + 3, n - 1) * bc;
F s0 = 0, s1 = 0, s2 = 0, s3 = 0;
int t = 0;
for (; t + ${W} <= k; t += ${W}) {
const F v = *(__global float${W}_at*)(x + t);
s0 = fma(v, *(__global float${W}_at*)(y0 + t), s0);
s1 = fma(v, *(__global float${W}_at*)(y1 + t), s1);
s2 = fma(v, *(__global float${W}_at*)(y2 + t), s2);
s3 = fma(v, *(__global float${W}_at*)(y3 + t), s3);
}
float r[4] = {KERNEL_across_float(0, s0), KERNEL_across_float(0, s1), KERNEL_across_float(0, s2), KERNEL_across_float(0, s3)};
for (; t < k; t++) { r[0] = fma(x[t], y0[t], r[0]); r[1] = fma(x[t], y1[t], r[1]); r[2] = fma(x[t], y2[t], r[2]); r[3] = fma(x[t], y3[t], r[3]); }
for (int q = 0; q < min(4, n - j); q++) out[(long)i * n + j + q] = bias ? r[q] + bias[j + q] : r[q];
}
} else {
__global float* panel = (__global float*)(arena + w[16]);
for (int j = 0; j < n; j += ${W}) {
const int some = min(${W}, n - j);
const __global float* y = b + (long)j * bc;
long step = br;
if (bc != 1) {
if (br == 1) {
int tiled = 0;
if (some * 4 > ${W}) ROLLED for (; tiled + ${W} <= k; tiled += ${W}) {
% for i in range(W):
F t${i} = *(__global float${W}_at*)(y + (long)min(${i}, some - 1) * bc + tiled);
% endfor
% for statement in transposed:
${statement}
% endfor
% for i in range(W):
*(__global float${W}_at*)(panel + (tiled + ${i}) * ${W}) = t${i};
% endfor
}
for (int c = 0; c < some; c++) { const __global float* from = y + (long)c * bc; for (int t = tiled; t < k; t++) panel[t * ${W} + c] = from[t]; }
} else for (int t = 0; t < k; t++) for (int c = 0; c < some; c++) panel[t * ${W} + c] = y[(long)t * br + (long)c * bc];
y = panel;
step = ${W};
}
F first = 0;
if (bias) first = *(__global float${W}_at*)(bias + j);
for (int i = 0; i < m; i += 8) {
% for r in range(8):
const __global float* x${r} = a + (long)min(i + ${r}, m - 1) * ar;
F s${r} = 0;
% endfor
if (i + 1 < m) {
for (int t = 0; t < k; t++) {
const F v = *(__global float${W}_at*)(y + t * step);
const long u = (long)t * ac;
% for r in range(8):
s${r} = fma((F)(x${r}[u]), v, s${r});
% endfor
}
} else for (int t = 0; t < k; t++) s0 = fma((F)(x0[(long)t * ac]), *(__global float${W}_at*)(y + t * step), s0);
% for r in range(8):
if (i + ${r} < m) KERNEL_store_float((BYTES)(out + (long)(i + ${r}) * n + j), 0, 4, some, bias ? s${r} + first : s${r});
% endfor
}
}
}
out += (long)m * n;
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
for (int k = 0; k < total; k += 1) KERNEL_move(arena + w[5] + (long)k * size, arena + w[6 + k / width] + (long)(k % width) * size, size);
}
## --- w = kind, length, mode, element size or type, rank, index tensors, place in, place out, then per dim (size, step of the
## indexed side, step of the other), per index tensor (place, type, size, step, dim, least, stride per dim). Places and steps in bytes.
static void KERNEL_index(BYTES arena, const __global int* w, __global int* fault) {
const int gather = w[0] == 7, mode = w[2], size = w[3], rank = w[4], count = w[5];
const __global int* dims = w + 8;
int units = 1;
for (int d = 0; d < rank; d++) units *= dims[3 * d];
const int run = rank ? dims[3 * rank - 3] : 1;
for (int unit = 0; unit < units; unit++) {
BYTES in = arena + w[6];
BYTES out = arena + w[7];
const __global int* index = dims + 3 * rank;
int rest = unit;
long inside = 0, beside = 0;
for (int d = rank - 1; d >= 0; d--) { const int i = rest % dims[3 * d]; rest /= dims[3 * d]; inside += (long)i * dims[3 * d + 1]; beside += (long)i * dims[3 * d + 2]; }
int moves = 0, bad = 0;
for (int q = 0; q < count; q++, index += 6 + rank) {
long where = index[0];
rest = unit;
for (int d = rank - 1; d >= 0; d--) { where += (long)(rest % dims[3 * d]) * index[6 + d]; rest /= dims[3 * d]; }
moves |= rank ? index[6 + rank - 1] != 0 : 1;
long value = KERNEL_get_long(arena + where, index[1]);
if (value < index[5] || value >= index[2]) { bad = 1; fault[1] = (int)value; fault[2] = index[2]; fault[3] = index[4]; fault[0] = 1; value = 0; }
if (value < 0) value += index[2];
inside += value * index[3];
}
const int times = moves || !rank ? 1 : run;
if (bad && !gather) { unit += times - 1; continue; }
const int along = rank ? dims[3 * rank - 2] : 0, across = rank ? dims[3 * rank - 1] : 0;
for (int t = 0; t < times; t++, inside += along, beside += across) {
BYTES target = gather ? out + beside : out + inside;
BYTES source = gather ? in + inside : in + beside;
if (mode == 0) KERNEL_move(target, source, size); else if (size <= 2) {
const float old = KERNEL_get_float(target, size), new = KERNEL_get_float(source, size);
KERNEL_put_float(target, size, mode == 1 ? old + new : mode == 2 ? old * new : mode == 3 ? (new > old || new != new ? new : old) : (new < old || new != new ? new : old));
} else {
const long old = KERNEL_get_long(target, size), new = KERNEL_get_long(source, size);
KERNEL_put_long(target, size, mode == 1 ? (long)((ulong)old + (ulong)new) : mode == 2 ? (long)((ulong)old * (ulong)new) : mode == 3 ? max(old, new) : min(old, new));
}
}
unit += times - 1;
}
}
% endif
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void ${name}(BYTES arena, const __global int* words, __global int* fault, const int start) {
words += start;
const __global float* floats = (const __global float*)(words + words[0]);
const __global long* longs = (const __global long*)(words + words[1]);
const __global int* w = words + 4;
for (;;) {
switch (w[0]) {
case 0: return;
case 1: case 2: KERNEL_map_float(arena, w, floats, longs, fault); break;
case 4: KERNEL_reduce_float(arena, w); break;
% if is_whole:
case 3: KERNEL_map_long(arena, w, floats, longs, fault); break;
case 5: KERNEL_reduce_long(arena, w); break;
case 6: KERNEL_gemm(arena, w); break;
case 9: KERNEL_pile(arena, w); break;
default: KERNEL_index(arena, w, fault);
% endif
}
w += w[0] == 1 ? 10 : w[1];
}
}
#undef F
#undef L
#undef AT
#undef ROLLED
#undef BYTES
