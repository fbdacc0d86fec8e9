"""Benchmarks: `python -m benchmarks` prints each figure beside its limit."""
