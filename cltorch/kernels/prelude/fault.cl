// What kernels report while they compute (see runtime/faults.py): the index, the size that it exceeds, and what it was.

// 1 for a class from 0 to classes - 1, 0 for the one that is ignored; any other is reported as a target out of bounds.
// One condition and one way out: a return between them lets a CPU compiler fail where the call is not vectorized.
static long class_count(__global int* fault, const long target, const long classes, const long ignored) {
    const int counts = target != ignored;
    if (counts & ((ulong)target >= (ulong)classes)) {
        fault[1] = (int)target;
        fault[2] = (int)classes;
        fault[3] = -2;
        fault[0] = 1;
    }
    return counts;
}
