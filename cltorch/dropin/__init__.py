"""``import torch`` means cltorch: the import finder, what it says of missing names, and ``cltorch run``.

`finder` resolves ``torch`` and every ``torch.*`` module, `missing` words what is not there, `check` reads programs without
running them, `run` runs them. `internals` holds the modules with a leading underscore that packages reach into.
"""
