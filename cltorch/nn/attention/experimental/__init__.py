"""Parts of attention that PyTorch calls experimental. See torch.nn.attention.experimental."""
