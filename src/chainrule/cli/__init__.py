"""The command line: `chainrule VERB`."""

from chainrule.cli.app import app, main

__all__ = ["app", "main"]
