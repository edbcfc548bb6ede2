## A copy that changes the order of dimensions, CPU form. Called by copies.py. A unit is a tile of `height` places of the dimension that is
## dense in the result and `width` of the one that is dense in the source. Two long ones are transposed in registers. A short one is whole:
## vectors along the long one are woven into the result's neighbours, or out of the source's, where these lie without gaps (`dense`).
## The last tile of a long dimension overlaps the one before.
<%
type = f"{element}{lanes}"
%>
__kernel void ${name}(const __global ${element}* restrict in, __global ${element}* restrict out,
% for d in range(rank):
                      const ${index} n${d}, const ${index} source${d}, const ${index} result${d},
% endfor
                      const ${index} rows, const ${index} row_step, const ${index} columns, const ${index} column_step,
                      const ${index} down, const ${index} right, const ${index} from, const ${index} to, const ${index} units,
                      const ${index} chunk) {
    const ${index} first = get_global_id(0) * chunk, end = min(first + chunk, units);
    for (${index} unit = first; unit < end; unit++) {
        ${index} rest = unit;
        const ${index} row = min(rest % down * ${height}, rows - ${height});
        rest /= down;
        const ${index} column = min(rest % right * ${width}, columns - ${width});
        rest /= right;
        ${index} source = from + row * row_step + column, result = to + row + column * column_step;
% for d in reversed(range(rank)):
        source += rest % n${d} * source${d};
        result += rest % n${d} * result${d};
        rest /= n${d};
% endfor
        const __global ${element}* p = in + source;
        __global ${element}* q = out + result;
% if height == width:
% for k in range(lanes):
        ${type} v${k} = vload${lanes}(0, p + ${k} * row_step);
% endfor
% for line in statements:
        ${line}
% endfor
% for k in range(lanes):
        vstore${lanes}(v${k}, 0, q + ${k} * column_step);
% endfor
% elif height < lanes:
% for k in range(height):
        const ${type} v${k} = vload${lanes}(0, p + ${k} * row_step);
% endfor
% if dense:
% for k in range(height):
        vstore${lanes}((${type})(${", ".join(f"v{(k * lanes + j) % height}.s{(k * lanes + j) // height:x}" for j in range(lanes))}), 0, q + ${k * lanes});
% endfor
% else:
% for j in range(lanes):
% for k in range(height):
        q[${j} * column_step + ${k}] = v${k}.s${f"{j:x}"};
% endfor
% endfor
% endif
% else:
% if dense:
% for k in range(width):
        const ${type} u${k} = vload${lanes}(0, p + ${k * lanes});
% endfor
% for k in range(width):
        vstore${lanes}((${type})(${", ".join(f"u{(j * width + k) // lanes}.s{(j * width + k) % lanes:x}" for j in range(lanes))}), 0, q + ${k} * column_step);
% endfor
% else:
% for k in range(width):
        vstore${lanes}((${type})(${", ".join(f"p[{j} * row_step + {k}]" for j in range(lanes))}), 0, q + ${k} * column_step);
% endfor
% endif
% endif
    }
}
