"""A leaderboard of accuracy on real tables: `python -m benchmarks.accuracy --help`."""
