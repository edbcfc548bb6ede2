"""Declarations in the place of a driver's header: what they declare is called as with it, and what they do not is built all the same."""

from __future__ import annotations

import pytest

from cltorch.kernels.call import Kernel
from cltorch.runtime import builtins, cache, program, trace
from cltorch.runtime import device as devices

CALLS = """
__kernel void {name}(__global float *a, __global int *n)
{{
    float4 x = vload4(get_global_id(0), a);
    float more;
    x = fmin(fma(sin(x), exp(x), fabs(x)), 4.0f) + convert_float4(as_int4(x)) + NAN;
    x = select(x, clamp(x, -1.0f, INFINITY), isnan(x) || as_int4(max(x, 0.5f)) > min(n[0], 3));
    for (int k = 0; k < 2; k++) a[k] = frexp(pow(a[k], 2.0f), n + k) + vload_half(k, (const __global half*)a) + {more};
    if (any(x > 1.0f) && all(abs(as_int4(x)) > 7u)) atomic_inc(n);
    barrier(CLK_LOCAL_MEM_FENCE);
    vstore4(x, 0, a);
    vstore_half_rte(a[0], 5, (__global half*)a);
}}
"""


@pytest.mark.parametrize("more", ["1", "popcount(n[0])", "n[0].missing"], ids=["declared", "unknown", "wrong"])
def test_what_is_not_declared_is_built_with_the_header(more: str, monkeypatch: pytest.MonkeyPatch) -> None:
    device, said = devices.default(), []
    monkeypatch.setattr(trace, "say", lambda level, text: said.append(text))
    monkeypatch.setattr(cache, "load", lambda key: None)
    name = f"builtins_{abs(hash(more))}"
    kernel = Kernel(name, CALLS.format(name=name, more=more), ())
    job = program.job_of(device, kernel, lambda name: "")
    if more == "n[0].missing":
        with pytest.raises(program.KernelBuildError, match="Build log"):
            program.build(device, job)
    else:
        assert program.build(device, job).kernel_names == name
    assert any("not declared" in text for text in said) == (bool(device.without_header) and more != "1")


def test_each_is_declared_once_for_all_types_and_widths_of_a_source() -> None:
    text = builtins.declared(
        "float8 f(float8 x) { return exp(x) + convert_float8(as_int8(x)) + fmax(x, vload8(0, p)); }"
    )
    lines = text.partition("#endif")[0].splitlines()
    assert len(set(lines)) == len(lines)
    assert sum(" exp(" in line for line in lines) == 4 and sum(" convert_float8(" in line for line in lines) == 10
    assert not any("float4" in line for line in lines)
    for name in (*builtins.COUNT, *builtins.ASKS, *builtins.PLACES, *builtins.SPECIAL, "barrier"):
        assert list(builtins.declarations(name)), name
    assert not list(builtins.declarations("own_function"))
