## The k-th smallest element of rows and where it is, by counting digits of keys from the top: what shares the digits found so far
## is gathered, and counted by the next digit.
##
## Called by select.py (CPU form). A unit is a row; a work-item takes every row of its range, in scratch memory of its own. `kind`:
## `kth`; `median`, the lower one, the first NaN if there is any; `nanmedian`, that of what is not NaN; `head`: all up to the k-th in the order of
## their positions, of units that are blocks of a row, the last of which may be shorter.
${functions}
__kernel void ${name}(const __global ${moved}* in, __global ${moved}* values, __global long* places,
    __global ${key}* keys, __global uint* positions, const ${index} units, const ${index} chunk, const ${index} size,
    const ${index} wanted${", const index row_length, const index blocks".replace("index", index) if kind == "head" else ""}) {
    const ${index} first = get_global_id(0) * chunk, last = min(first + chunk, units);
    __global ${key}* kept = keys + get_global_id(0) * size;
    __global uint* at = positions + get_global_id(0) * size;
    for (${index} unit = first; unit < last; unit++) {
% if kind == "head":
        const ${index} start = unit % blocks * size, n = min(size, row_length - start);
        const __global ${moved}* row = in + unit / blocks * row_length + start;
% else:
        const ${index} n = size;
        const __global ${moved}* row = in + unit * n;
% endif
        uint counts[${1 << widths[0]}];
        ${index} k = wanted, left = n;
        uint found = 0;
% for level, (width, shift) in enumerate(zip(widths, shifts)):
        for (int d = 0; d < ${1 << width}; d++) counts[d] = 0;
% if level == 0:
        ${index} nans = 0;
        for (${index} i = 0; i < n; i++) {
            const ${key} mine = key_e_${name}(row[i]);
% if floating:
            nans += mine == ${ones};
% endif
            counts[mine >> ${shift}]++;
        }
% if kind == "median":
        k = nans ? n - nans : (n - 1) / 2;
% elif kind == "nanmedian":
        k = nans == n ? 0 : (n - nans - 1) / 2;
% endif
% else:
        for (${index} i = 0; i < left; i++) counts[(kept[i] >> ${shift}) & ${(1 << width) - 1}]++;
% endif
        {
            int digit = 0;
            while (k >= counts[digit]) k -= counts[digit++];
            ${index} more = 0;
% if level == 0:
            for (${index} i = 0; i < n; i++) {
                const ${key} mine = key_e_${name}(row[i]);
                if ((mine >> ${shift}) == digit) {
                    kept[more] = mine;
                    at[more++] = i;
                }
            }
% else:
            for (${index} i = 0; i < left; i++) {
                const ${key} mine = kept[i];
                if (((mine >> ${shift}) & ${(1 << width) - 1}) == digit) {
                    kept[more] = mine;
                    at[more++] = at[i];
                }
            }
% endif
            left = more;
            found = at[k < left ? k : left - 1];
        }
% endfor
% if kind == "head":
        const ${key} limit = key_e_${name}(row[found]);
        ${index} to = unit * (wanted + 1);
        for (${index} i = 0; i < n; i++) {
            const ${key} mine = key_e_${name}(row[i]);
            if (mine > limit || (mine == limit && k < 0)) continue;
            if (mine == limit) k--;
            values[to] = row[i];
            places[to++] = start + i;
        }
% else:
        values[unit] = row[found];
        places[unit] = found;
% endif
    }
}
