"""The ledger: rows of a model followed through the whole chain rule, as text, HTML, LaTeX and JSON; and worksheets."""

from chainrule.ledgers.follow import Ledger, ledger

__all__ = ["Ledger", "ledger"]
