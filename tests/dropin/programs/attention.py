import math

import torch
import torch.nn.functional as F

q = torch.sin(torch.arange(2 * 2 * 5 * 4, dtype=torch.float32)).view(2, 2, 5, 4)
k, v = q.roll(1, -1), q.flip(-1)
scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
mask = torch.tril(torch.ones(5, 5)).bool()
weights = F.softmax(scores.masked_fill(~mask, float("-inf")), dim=-1)
out = (weights @ v).transpose(1, 2).contiguous().view(2, 5, 8)
print(out.shape, f"{out.sum().item():.3f}", f"{out.abs().max().item():.3f}")
print(torch.einsum("bhqk,bhkd->bqhd", weights, v).reshape(2, 5, 8).allclose(out, atol=1e-5))
print((weights[0, 0] * 100).round().int())
