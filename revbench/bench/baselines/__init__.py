"""What others would write: the same workloads in plain C, NumPy, JAX and PyTorch.

A baseline is a function of the workload's data that returns a function without arguments, ready to be timed; what it
needs and does not find is `Missing`, which the table says.
"""
