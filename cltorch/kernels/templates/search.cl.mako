## Where values would have to be put into sorted rows: binary search.
##
## Called by search.py. A unit is one value of (rows, m); its row of boundaries has n elements (one row for all where `stride` is 0),
## read through `sorter` where there is one. The place is before equal elements, or behind them (`right`). NaN sorts last.
## A CPU searches for `together` values side by side, as each step of one waits for the step before it, and all take as many steps as the longest
## search: which way a step goes cannot be guessed, so it is no branch.
${functions}
__kernel void ${name}(const __global ${storage}* sorted, const __global ${storage}* in,
% if sorter:
    const __global long* sorter,
% endif
    __global ${out_type}* out, const ${index} units, const ${index} chunk, const ${index} n, const ${index} m,
    const ${index} stride) {
% if cpu:
    typedef ${compute}${together} values_at;
    typedef ${index}${together} places_at;
<% lanes = [f"{u:x}" for u in range(together)] %>\
    const ${index} first = get_global_id(0) * chunk, last = min(first + chunk, units);
    for (${index} unit = first; unit < last; unit += ${together}) {
        const places_at from = min((places_at)(unit) + (places_at)(${", ".join(str(u) for u in range(together))}), (places_at)(last - 1));
        const values_at value = (values_at)(${", ".join(f"load_e_{name}(in, from.s{u})" for u in lanes)});
        const places_at base = stride ? from / (places_at)(m) * (places_at)(stride) : (places_at)(0);
        places_at at = (places_at)(0), left = (places_at)(n);
        for (${index} longest = n; longest > 0; longest /= 2) {
            const places_at half_ = left >> 1, middle = base + min(at + half_, (places_at)(n - 1));
% if sorter:
            const places_at where_ = base + (places_at)(${", ".join(f"sorter[middle.s{u}]" for u in lanes)});
% endif
            const values_at there = (values_at)(${", ".join(f"load_e_{name}(sorted, {'where_' if sorter else 'middle'}.s{u})" for u in lanes)});
            const places_at below = (left > 0) & convert_${index}${together}(!(there ${">" if right else ">="} value));
            at += below & (half_ + 1);
            left = half_ + (below & (left - half_ - 1 - half_));
        }
% for k, u in enumerate(lanes):
        ${f"if (unit + {k} < last) " if k else ""}out[unit${f" + {k}" if k else ""}] = at.s${u};
% endfor
    }
% else:
    for (${index} unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
        const ${compute} value = load_e_${name}(in, unit);
        const ${index} base = unit / m * stride;
        ${index} at = 0;
        for (${index} left = n; left > 0;) {
            const ${index} half_ = left / 2, middle = base + at + half_;
            const ${compute} there = load_e_${name}(sorted, ${f"base + sorter[middle]" if sorter else "middle"});
            const int below = !(there ${">" if right else ">="} value);
            at = below ? at + half_ + 1 : at;
            left = below ? left - half_ - 1 : half_;
        }
        out[unit] = at;
    }
% endif
}
