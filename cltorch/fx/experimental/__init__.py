"""Where PyTorch keeps its newer tracers. See torch.fx.experimental."""
