## What tiled products share, GPU form: operands in local memory, and the sums of a work-item.
##
## Names that the including template has: `tile` (group_tiles.py), `number` (tiles.py: Spelling). Line l of step s of an operand is
## at s * stride + l. A work-item holds `tile.rows` x `tile.columns` sums: vectors of neighbouring rows, `tile.high` vectors
## apart, and of columns alike, so that it reads whole vectors and its neighbours the ones beside.
<%def name="begin()">
    typedef ${number.compute} number;
% for width in (2, 4):
    typedef ${number.compute}${width} number${width};
% endfor
    __local number left_tile[${tile.buffers * tile.room(tile.side_m)}] __attribute__((aligned(32)));
    __local number right_tile[${tile.buffers * tile.room(tile.side_n)}] __attribute__((aligned(32)));
    const int lane = get_local_id(0), x = ${tile.x("lane")}, y = ${tile.y("lane")};
    int now = 0;  // which of the tiles is read
    ${tile.vector("number", tile.columns)} sums[${tile.rows}][${tile.columns // tile.across(tile.columns)}];
% for r in range(tile.rows):
% for c in range(tile.columns // tile.across(tile.columns)):
    sums[${r}][${c}] = ${number.zero};
% endfor
% endfor
</%def>
## What one tile of the operands adds to the sums.
<%def name="multiply()">
<%
    v, w = tile.across(tile.rows), tile.across(tile.columns)
    rows, columns = tile.vector("number", tile.rows), tile.vector("number", tile.columns)
%>
        {
        const __local number* left = left_tile + ${f"now * {tile.room(tile.side_m)} + " if tile.buffers > 1 else ""}y * ${v};
        const __local number* right = right_tile + ${f"now * {tile.room(tile.side_n)} + " if tile.buffers > 1 else ""}x * ${w};
#pragma unroll
        for (int s = 0; s < ${tile.depth}; s++) {
% for r in range(tile.rows // v):
            const ${rows} l${r} = *(const __local ${rows}*)(left + s * ${tile.stride(tile.side_m)} + ${r * tile.high * v});
% endfor
% for c in range(tile.columns // w):
            const ${columns} r${c} = *(const __local ${columns}*)(right + s * ${tile.stride(tile.side_n)} + ${c * tile.wide * w});
% endfor
% for r in range(tile.rows):
% for c in range(tile.columns // w):
            sums[${r}][${c}] += l${r // v}${f".s{r % v}" if v > 1 else ""} * r${c};
% endfor
% endfor
        }
        }
</%def>
## Statement: `width` fetched elements of an operand into its tile, steps (`order` "step") or lines side by side.
<%def name="put(array, side, order, width, value, step, line)">
% if width == 1:
        ${array}[to + (${step}) * ${tile.stride(side)} + ${line}] = ${value};
% elif order == "line":
        *(__local number${width}*)(${array} + to + (${step}) * ${tile.stride(side)} + ${line}) = ${value};
% else:
% for s in range(width):
        ${array}[to + (${step} + ${s}) * ${tile.stride(side)} + ${line}] = ${value}.s${s};
% endfor
% endif
</%def>
