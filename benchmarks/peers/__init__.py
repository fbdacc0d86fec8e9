"""Chainrule beside its peers: `python -m benchmarks.peers --help`."""
