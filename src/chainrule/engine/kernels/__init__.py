"""Compiled forms of hot inner parts: the same results as the plain forms, to rounding."""
