"""Recurrent states of other dtypes, recurrent layers under autocast, and encoders over padded sequences, beside PyTorch."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

import cltorch

from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
import copy, io, pickle
for kind, options, shape in (("LazyLinear", (3,), (2, 4)), ("LazyConv2d", (3, 2), (2, 4, 4, 4)), ("LazyBatchNorm1d", (), (2, 4)), ("LazyInstanceNorm1d", (), (2, 3, 4))):
    lazy = getattr(nn, kind)(*options)
    print(isinstance(lazy, lazy.cls_to_become), [c.__name__ for c in type(lazy).__mro__ if "Lazy" in c.__name__])
    copied = pickle.loads(pickle.dumps(lazy))
    print(copied)
    copied(R(*shape))
    print(copied, {name: t.shape for name, t in copied.state_dict().items()})
    file = io.BytesIO()
    torch.save(lazy, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    loaded(R(*shape))
    print(loaded, lazy)
for one in (nn.UninitializedParameter(dtype=torch.float64), nn.UninitializedParameter(requires_grad=False), nn.parameter.UninitializedBuffer()):
    for made in (pickle.loads(pickle.dumps(one)), copy.copy(one)):
        print(made, made.requires_grad, made.dtype, made is one)
    try: one + 1
    except ValueError as error: print(str(error)[-240:])
""",
    """
for kind in (nn.RNN, nn.GRU):
    layer, state = kind(3, 4), torch.zeros(1, 2, 4)
    packed = nn.utils.rnn.pack_padded_sequence(R(5, 2, 3), [5, 2])
    for given, hx in ((R(5, 2, 3), state.double()), (R(5, 2, 3), state.half()), (packed, state.double()), (R(2), None), (R(5, 2, 3), state[0])):
        try:
            print(layer(given, hx)[1].shape)
        except Exception as error:
            print(type(error).__name__, error)
try:
    nn.utils.rnn.pad_sequence([R(3)], padding_side="x")
except RuntimeError as error:
    print(error)
print(type(packed).__mro__[1].__name__)
""",
    """
with torch.autocast("cpu"):
    for kind in (nn.RNN, nn.GRU, nn.LSTM):
        state = torch.zeros(1, 2, 4)
        for x, h in ((R(5, 2, 3), state), (R(5, 2, 3).bfloat16(), state), (R(5, 2, 3).bfloat16(), state.bfloat16())):
            layer = kind(3, 4)
            out, last = layer(x, (h, h) if kind is nn.LSTM else h)
            out.float().sum().backward()
            print(out.dtype, last[0].dtype, layer.weight_hh_l0.grad.dtype, kind(3, 4, 2, bidirectional=True)(x)[0].dtype)
    for kind in (nn.RNNCell, nn.GRUCell, nn.LSTMCell):
        for x in (R(2, 3), R(2, 3).bfloat16()):
            print([out.dtype for out in (kind(3, 4)(x),)[0]][0])
    weights = [R(16, 3), R(16, 4)]
    print(torch.lstm_cell(R(2, 3).bfloat16(), (R(2, 4), R(2, 4)), *weights)[0].dtype)
""",
    """
import warnings
for settings in ({}, {"batch_first": True}, {"batch_first": True, "norm_first": True}, {"batch_first": True, "activation": F.silu},
                 {"batch_first": True, "bias": False}, {"batch_first": True, "nhead": 1}):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        layer = nn.TransformerEncoderLayer(**{"d_model": 4, "nhead": 2, "dim_feedforward": 4, **settings})
        encoder = nn.TransformerEncoder(layer, 1)
    print(encoder.enable_nested_tensor, encoder.use_nested_tensor, layer.activation_relu_or_gelu, [str(w.message) for w in seen])
layer = fill(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation=nn.GELU()))
encoder = fill(nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(8))).eval()
ends, begins = torch.tensor([[0, 0, 0, 1, 1], [0, 0, 0, 0, 1]]).bool(), torch.tensor([[1, 1, 0, 0, 0], [0, 0, 0, 0, 0]]).bool()
with torch.no_grad():
    for padding in (ends, begins, ends.float() * -1e9, ends.float().masked_fill(ends, -float("inf"))):
        print(encoder(R(2, 5, 8), src_key_padding_mask=padding))
    print(encoder(R(2, 5, 8), mask=torch.zeros(5, 5).bool(), src_key_padding_mask=ends))
    torch.backends.mha.set_fastpath_enabled(False)
    print(encoder(R(2, 5, 8), src_key_padding_mask=ends), torch.backends.mha.get_fastpath_enabled())
    torch.backends.mha.set_fastpath_enabled(True)
print(encoder(R(2, 5, 8), src_key_padding_mask=ends), encoder.train()(R(2, 5, 8), src_key_padding_mask=ends).shape)
""",
    """
import torch.nn.utils.parametrize as P
class Symmetric(nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).transpose(-1, -2)
class Twice(nn.Module):
    def forward(self, x):
        return x * 2
    def right_inverse(self, x):
        return x / 2
layer = fill(nn.Linear(3, 3))
P.register_parametrization(layer, "weight", Symmetric())
P.register_parametrization(layer, "weight", Twice())
print(layer.weight, layer, nn.TripletMarginWithDistanceLoss())
""",
    """
lazy, norm = nn.LazyLinear(3), nn.LazyBatchNorm1d()
for call in (lambda: lazy.weight + 1, lambda: torch.add(lazy.weight, 1), lambda: lazy.weight.sum(), lambda: nn.init.zeros_(lazy.weight),
             lambda: norm.running_mean * 2, lambda: lazy.weight.is_floating_point(), lambda: lazy.double().weight.dtype,
             lambda: lazy.float().to("cpu"), lambda: list(lazy.state_dict())):
    try:
        print(call())
    except ValueError as error:
        print(str(error)[:45], str(error)[-100:])
print(lazy(R(2, 5)).shape, lazy.weight.sum().shape)
""",
    """
hooks = []
layer = nn.Linear(2, 2)
layer.register_full_backward_hook(lambda *given: None)
layer.register_full_backward_pre_hook(lambda *given: None)
print([len(hooks) for hooks in layer._get_backward_hooks()], len(layer._get_backward_pre_hooks()), layer._compiled_call_impl)
print(layer._call_impl(R(1, 2)).shape, nn.Linear(2, 2)._wrapped_call_impl(R(1, 2)).shape)
print([name for name, _ in nn.Sequential(layer)._named_members(lambda m: m._parameters.items(), prefix="p")])
print(nn.ModuleList([layer, layer])._get_abs_string_index(-1), nn.ParameterList([R(1)])._get_abs_string_index(0))
print(nn.Sequential(layer)._get_item_by_idx(iter("ab"), -1))
lstm = nn.LSTM(2, 3, 2, bidirectional=True)
lstm._update_flat_weights()
print(lstm._all_weights[3], lstm._weights_have_changed(), len(lstm.all_weights), F._max_pool2d(R(1, 2, 2), 2).shape)
class Mine(torch.optim.lr_scheduler.ReduceLROnPlateau):
    def _reduce_lr(self, epoch):
        print("reduced at", epoch)
        super()._reduce_lr(epoch)
optimizer = torch.optim.SGD([nn.Parameter(R(2))], lr=1.0)
schedule = Mine(optimizer, patience=0)
for loss in (1.0, 2.0, 0.5):
    schedule.step(loss)
print(optimizer.param_groups[0]["lr"], torch.optim.lr_scheduler.OneCycleLR._annealing_cos(1.0, 0.0, 0.25))
print(torch.optim.lr_scheduler.CyclicLR._exp_range_scale_fn(0.5, 2.0), torch.optim.swa_utils.SWALR._cosine_anneal(0.25))
w = nn.Parameter(R(2, 3))
w.grad = R(2, 3, seed=2)
steps = torch.optim.LBFGS([w])
with torch.no_grad():
    steps._add_grad(0.5, steps._gather_flat_grad())
    before = steps._clone_param()
    print(steps._numel(), w, steps._directional_evaluate(lambda: w.sum(), before, 0.1, torch.ones(6))[0])
    print(torch.equal(w, before[0]))
""",
    """
for activation in (nn.SiLU(), F.silu, "gelu"):  # a copy of a decoder's layer forgets one that is a module
    print(fill(nn.Transformer(4, 2, 1, 1, 8, 0.0, activation))(R(3, 1, 4), R(2, 1, 4)))
""",
    """
import torch.nn.utils.prune as prune
layer = fill(nn.Linear(3, 4))
prune.identity(layer, "bias")
print(prune.ln_structured(layer, "bias", 1, 2, 0).bias_mask)
prune.ln_structured(layer, "weight", 1, 2, 0)
print(prune.ln_structured(layer, "weight", 1, 2, 1).weight_mask)
for call in (lambda: layer.to(torch.float32, "cpu"), lambda: R(1).to(torch.float32, "cpu")):
    try:
        call()
    except TypeError as error:
        print(str(error)[:74])
try:
    nn.Linear(2, 2, device="meta").to("cpu")
except NotImplementedError as error:
    print(error)
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_prints_the_same(program: str) -> None:
    assert_same(program)


def test_an_lstm_refuses_states_of_another_dtype() -> None:
    states = (cltorch.zeros(1, 2, 4), cltorch.zeros(1, 2, 4, dtype=cltorch.float64))
    with pytest.raises(RuntimeError, match="must have the same dtype, but got Double and Float"):
        cltorch.nn.LSTM(3, 4)(cltorch.ones(5, 2, 3), states)
    with pytest.raises(RuntimeError):
        torch.nn.LSTM(3, 4)(torch.ones(5, 2, 3), tuple(torch.from_numpy(s.numpy()) for s in states))


@pytest.mark.parametrize("settings", [(10.0, 1.0, -2.0, 2.0), (-1.0, 0.5, 0.0, 1.0), (3.0, 1.0, -9.0, 2.9)])
def test_truncated_normal_numbers_of_a_tail(settings: tuple[float, ...]) -> None:
    places, quantiles = [0.05, 0.3, 0.5, 0.7, 0.95], []
    for library in (torch, cltorch):
        library.manual_seed(0)
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            made = library.nn.init.trunc_normal_(library.empty(20000), *settings)
        quantiles.append(library.quantile(made, library.tensor(places)).tolist() + [len(seen)])
    np.testing.assert_allclose(*quantiles, atol=0.05)
