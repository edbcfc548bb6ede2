"""``torch.distributed.elastic``: what programs read of PyTorch's launcher."""
