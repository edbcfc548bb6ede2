## A dense tensor from coordinates in order, each of which occurs once. Called by sparse.py. A work-item makes `chunk` of the places that have
## coordinates: zeros first, then the values whose flat position, found by halves, lies there. A place has `inner` elements.
<%def name="key(k)">${"(" * (depth - 1)}places[${k}]${"".join(f" * size{d} + places[{d} * places_step + {k}])" for d in range(1, depth))}</%def>\
__kernel void ${name}(const __global long* places, const __global ${moved}* held, __global ${moved}* out, const long total,
                      const long count, const long inner, const long chunk, const long places_step, const long places_first,
                      const long held_first${"".join(f", const long size{d}" for d in range(1, depth))}) {
    places += places_first;
    held += held_first;
    for (long from = get_global_id(0) * chunk; from < total; from += get_global_size(0) * chunk) {
        const long end = min(from + chunk, total);
        for (long i = from * inner; i < end * inner; i++)
            out[i] = 0;
        long low = 0, high = count;
        while (low < high) {
            const long middle = (low + high) / 2;
            if (${key("middle")} < from)
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < count; low++) {
            const long at = ${key("low")};
            if (at >= end)
                break;
            for (long i = 0; i < inner; i++)
                out[at * inner + i] = held[low * inner + i];
        }
    }
}
