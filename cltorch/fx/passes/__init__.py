"""Walks over graphs. See torch.fx.passes."""
