"""What torch has at its top level of nn.functional, and operators of PyTorch's own library, beside PyTorch."""

from __future__ import annotations

import pytest

from tests.programs import assert_same

START = """
x, w = R(2, 4, 6), R(3, 4, 3, seed=2)
y = R(2, 4, 6, seed=3)
"""
CASES = """
torch.conv1d(x, w); torch.conv_tbc(x, R(3, 6, 2, seed=4), R(2), 1); torch.conv_transpose1d(R(2, 3, 5), w); torch.max_pool1d(x, 2); torch.max_pool1d_with_indices(x, 3, 2); torch.adaptive_max_pool1d(x, 2)
torch.batch_norm(x, R(4), R(4), None, None, True, 0.1, 1e-5, True); torch.instance_norm(x, None, None, None, None, True, 0.1, 1e-5, False); torch.layer_norm(x, (6,), R(6)); torch.group_norm(x, 2); torch.rms_norm(x, (6,))
torch.dropout(x, 0.5, False); torch.feature_dropout(x, 0.0, True); torch.dropout_(x, 0.3, False); torch.alpha_dropout(x, 0.5, False); torch.rrelu(x); torch.selu_(x); torch.threshold(x, 0.1, 2.0); torch.prelu(x, R(4))
torch.embedding(R(5, 3), I(5, 2, 4), 2); torch.binary_cross_entropy_with_logits(x, y.sigmoid(), None, None, 2); torch.cosine_embedding_loss(x[0], y[0], torch.ones(4)); torch.hinge_embedding_loss(x, y.sign())
torch.margin_ranking_loss(x, y, y.sign(), 0.5, 0); torch.kl_div(x, y.exp(), 2); torch.poisson_nll_loss(x, y.abs(), True, False, 1e-8, 1); torch.triplet_margin_loss(x, y, x.flip(0)); torch.pdist(x[0]); torch.cosine_similarity(x, y)
torch.ctc_loss(R(6, 2, 4).log_softmax(2), torch.tensor([[1, 2], [3, 1]]), torch.tensor([6, 6]), torch.tensor([2, 2]), 0, 2)
torch.grid_sampler(R(1, 2, 4, 4), R(1, 3, 3, 2).tanh(), 0, 1, True); torch.grid_sampler_2d(R(1, 2, 4, 4), R(1, 3, 3, 2).tanh(), 1, 0, False); torch.affine_grid_generator(R(1, 2, 3), (1, 1, 2, 2), True); torch.channel_shuffle(x, 2)
torch.native_layer_norm(x, (6,), None, None, 1e-5); torch.native_group_norm(x, None, None, 2, 4, 6, 2, 1e-5); torch.native_batch_norm(x, None, None, torch.zeros(4), torch.ones(4), True, 0.1, 1e-5); torch.native_dropout(x, 0.0, True)
torch.ops.aten._safe_softmax(x.masked_fill(x > 0, float('-inf')), 2); torch.ops.aten.slice(x, 2, 1, 5, 2); torch._softmax_backward_data(y, x.softmax(2), 2, torch.float32); torch.ops.aten._upsample_bilinear2d_aa(R(1, 1, 6, 6), (3, 2), False)
torch.ops.aten.threshold_backward(y, x, 0.2); torch.ops.aten.threshold_backward(y.requires_grad_(), x, 0).sin().sum().backward(), y.grad
torch.ops.prims.cbrt(x); torch.ops.aten.gelu_backward(y, x, approximate="tanh"); torch.ops.aten.silu_backward(y, x); torch.ops.aten.hardtanh_backward(y, x, -0.5, 0.5); torch.ops.aten.leaky_relu_backward(y, x, 0.1, False)
torch.ops.aten.softplus_backward(y, x, 2, 20); torch.ops.aten.mish_backward.default(y, x); torch.ops.aten.glu_backward(R(2, 2, 6), x, 1); torch.ops.aten.logit_backward(y, x.sigmoid(), None)
torch.ops.aten.linalg__powsum(x, 3, [0, 2]); torch.ops.aten.linalg__powsum(x, 1.5, dtype=torch.float64)
torch.ops.aten.linalg_vector_norm(x, 3, [1], True); torch.ops.aten.linalg_det.default(R(3, 3)); torch.ops.aten.special_entr(y.abs()); torch.ops.aten.fft_rfft(x, 4)
torch.lstm(R(5, 2, 3), (R(2, 2, 4), R(2, 2, 4, seed=2)), [R(16, 3), R(16, 4), R(16), R(16), R(16, 4), R(16, 4), R(16), R(16)], True, 2, 0.0, False, False, False)
torch.gru(R(2, 5, 3), R(2, 2, 4), [R(12, 3), R(12, 4), R(12, 3, seed=2), R(12, 4, seed=2)], False, 1, 0.0, False, True, True); torch.rnn_tanh(R(5, 2, 3), R(1, 2, 4), [R(4, 3), R(4, 4), R(4), R(4)], True, 1, 0.0, False, False, False)
torch.rnn_relu(R(7, 3), torch.tensor([3, 2, 2]), R(1, 3, 4), [R(4, 3), R(4, 4), R(4), R(4)], True, 1, 0.0, False, False)
torch.lstm_cell(R(2, 3), (R(2, 4), R(2, 4, seed=2)), R(16, 3), R(16, 4), R(16), R(16)); torch.gru_cell(R(2, 3), R(2, 4), R(12, 3), R(12, 4)); torch.rnn_tanh_cell(R(2, 3), R(2, 4), R(4, 3), R(4, 4)); torch.rnn_relu_cell(R(2, 3), R(2, 4), R(4, 3), R(4, 4), R(4), R(4))
"""


@pytest.mark.parametrize("case", [case.strip() for case in CASES.replace("\n", ";").split(";") if case.strip()])
def test_prints_the_same(case: str) -> None:
    assert_same(f"{START}\nprint({case})")
