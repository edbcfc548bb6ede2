import torch

x = torch.arange(24).view(2, 3, 4)
print(x[1, :, ::2], x[..., -1], x[:, [0, 2]].shape, x[x > 20])
x[0, 1] = -1
x[:, 0, 0] += 100
print(x)
print(torch.where(x < 0, 0, x).sum(), x.gather(2, torch.tensor([[[0], [1], [2]]] * 2)).squeeze(-1))
print(torch.topk(x.flatten(), 3), x.max(dim=1).values, torch.nonzero(x == -1)[:2].tolist())
print(x.permute(2, 0, 1).stride(), x.transpose(0, 1).is_contiguous(), x.unsqueeze(0).expand(2, -1, -1, -1).shape)
