"""Transforms of a few elements in registers, as statements: what a pass of a Fourier transform does with each of its vectors.

Element ``t`` is the pair of variables ``r<t>`` and ``i<t>`` of one C type, a number or a vector: lanes are transforms beside each other.
"""

from __future__ import annotations

from math import cos, pi, sin


def butterfly(radix: int, inverse: bool, suffix: str) -> tuple[list[str], list[int]]:
    """Statements that transform ``radix`` elements in place, and where each result then lies. ``suffix`` ends a literal of the type."""
    if radix & (radix - 1):
        return _odd(radix, inverse, suffix), list(range(radix))
    bits = radix.bit_length() - 1
    return _halves(radix, inverse, suffix), [int(format(k, f"0{bits}b")[::-1], 2) if bits else 0 for k in range(radix)]


def _halves(radix: int, inverse: bool, suffix: str) -> list[str]:
    """Powers of two, by decimation in frequency: results lie at the places whose bits are reversed."""
    lines = []
    reach = radix // 2
    while reach:
        for a in range(radix):
            if a & reach:
                continue
            b = a + reach
            lines += [
                f"x = r{a} - r{b}; y = i{a} - i{b}; r{a} += r{b}; i{a} += i{b};",
                _turned(b, a % reach, reach, inverse, suffix),
            ]
        reach //= 2
    return lines


def _turned(b: int, k: int, half: int, inverse: bool, suffix: str) -> str:
    """Element ``b`` becomes (x, y) turned by ``k`` of ``2 * half`` parts of a circle."""
    if k == 0:
        return f"r{b} = x; i{b} = y;"
    if 2 * k == half:
        return f"r{b} = -y; i{b} = x;" if inverse else f"r{b} = y; i{b} = -x;"
    angle = pi * k / half
    c, s = f"{cos(angle)!r}{suffix}", f"{sin(angle) * (1 if inverse else -1)!r}{suffix}"
    return f"r{b} = x * {c} - y * ({s}); i{b} = x * ({s}) + y * {c};"


def _odd(radix: int, inverse: bool, suffix: str) -> list[str]:
    """Odd lengths: elements that lie opposite are added and subtracted first."""
    half = radix // 2
    lines = ["const real_vector x0 = r0, y0 = i0;"]
    for t in range(1, half + 1):
        u = radix - t
        lines.append(
            f"const real_vector sr{t} = r{t} + r{u}, si{t} = i{t} + i{u}, dr{t} = r{t} - r{u}, di{t} = i{t} - i{u};"
        )
    lines.append(f"r0 = x0 + {' + '.join(f'sr{t}' for t in range(1, half + 1))};")
    lines.append(f"i0 = y0 + {' + '.join(f'si{t}' for t in range(1, half + 1))};")
    for r in range(1, half + 1):
        angles = [(t, 2 * pi * (r * t % radix) / radix) for t in range(1, half + 1)]
        even = {part: " + ".join(f"{part}{t} * ({cos(a)!r}{suffix})" for t, a in angles) for part in ("sr", "si")}
        turn = {part: " + ".join(f"{part}{t} * ({sin(a)!r}{suffix})" for t, a in angles) for part in ("dr", "di")}
        first, second = (radix - r, r) if inverse else (r, radix - r)
        lines.append(
            f"{{ const real_vector er = x0 + {even['sr']}, ei = y0 + {even['si']}, tr = {turn['di']}, ti = {turn['dr']}; "
            f"r{first} = er + tr; i{first} = ei - ti; r{second} = er - tr; i{second} = ei + ti; }}"
        )
    return lines
