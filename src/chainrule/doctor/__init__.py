"""The doctor: what is wrong with a trained model, in numbers, and what to do about it."""

from chainrule.doctor.diagnose import diagnose
from chainrule.doctor.finding import Diagnosis, Finding, Remedy

__all__ = ["Diagnosis", "Finding", "Remedy", "diagnose"]
