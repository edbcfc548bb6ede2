"""Kernel texts: templates, and what traits choose among them."""
