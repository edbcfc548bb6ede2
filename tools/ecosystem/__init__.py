"""Sweeps of programs that others wrote for PyTorch, run unmodified under ``cltorch run``. See ``__main__``."""
