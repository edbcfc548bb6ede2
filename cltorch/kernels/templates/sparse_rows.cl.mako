## The product of a sparse matrix, whose rows lie one after the other, with a dense one. Called by sparse.py. A unit is one row of the result and
## ${width} of its columns, which are added up in registers: `ends` says where the values of a row start and end. The last
## columns of a row overlap those before; single columns are numbers, more are vectors of `lanes`. A single one is added up in four sums, so
## that no addition waits for the one before.
<% type = compute if lanes == 1 else f"{compute}{lanes}" %>\
${functions}
__kernel void ${name}(const __global long* ends, const __global long* columns, const __global ${storage}* held,
                      const __global ${storage}* dense, __global ${storage}* out, const long units, const long chunk,
                      const long blocks, const long total, const long dense_row, const long dense_column,
                      const long ends_first, const long columns_first, const long held_first, const long dense_first) {
    ends += ends_first;
    columns += columns_first;
    held += held_first;
    dense += dense_first;
% if cpu:
    const long first = get_global_id(0) * chunk, last = min(first + chunk, units);
    for (long unit = first; unit < last; unit++) {
% else:
    for (long unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
% endif
        const long row = unit / blocks, from = min(unit % blocks * ${width}, total - ${width});
        ${type} ${", ".join(f"sum{j} = 0" for j in range(0, width, lanes))};
        const long end = ends[row + 1];
        long k = ends[row];
% if width == 1:
        ${type} ${", ".join(f"more{j} = 0" for j in range(1, 4))};
        for (; k + 3 < end; k += 4) {
% for j in range(4):
            {
                const ${compute} a = load_e_${name}(held, k + ${j});
                const ${type} b = load_e_${name}(dense, columns[k + ${j}] * dense_row + from * dense_column);
                ${f"more{j}" if j else "sum0"} += ${product};
            }
% endfor
        }
        sum0 = (sum0 + more1) + (more2 + more3);
% endif
        for (; k < end; k++) {
            const ${compute} a = load_e_${name}(held, k);
            const long at = columns[k] * dense_row + from${" * dense_column" if lanes == 1 else ""};
% for j in range(0, width, lanes):
            {
                const ${type} b = ${f"vload{lanes}(0, dense + at + {j})" if lanes > 1 else f"load_e_{name}(dense, at + {j} * dense_column)"};
                sum${j} += ${product};
            }
% endfor
        }
% for j in range(0, width, lanes):
% if lanes > 1:
        vstore${lanes}(sum${j}, 0, out + row * total + from + ${j});
% else:
        store_e_${name}(out, row * total + from + ${j}, sum${j});
% endif
% endfor
    }
}
