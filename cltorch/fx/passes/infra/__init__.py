"""Passes and what runs them. See torch.fx.passes.infra."""
