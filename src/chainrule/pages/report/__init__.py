"""The report of a trained classifier: what it was given, how good it is, how sure, and what it goes by."""

from chainrule.pages.report.fitted import Run
from chainrule.pages.report.write import write_report

__all__ = ["Run", "write_report"]
