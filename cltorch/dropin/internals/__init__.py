"""Modules of PyTorch with a leading underscore (and a few others) that packages reach into: what they are asked for, and no more."""
