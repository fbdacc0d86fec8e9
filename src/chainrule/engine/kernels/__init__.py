"""Compiled forms of hot inner parts: the same results as the plain forms, to rounding.

A module that others call says which function they call first (`ENTRY`), and how many seconds it takes to compile.
"""
