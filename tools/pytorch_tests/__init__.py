"""PyTorch's own test files, run with cltorch in torch's place. See ``__main__``."""
