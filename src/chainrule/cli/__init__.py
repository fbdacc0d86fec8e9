"""The command line: `chainrule VERB`."""

from chainrule.cli.app import main

__all__ = ["main"]
