"""Diagnosis: what is wrong with a trained model, in numbers, and what to do about it."""

from chainrule.diagnosis.finding import Diagnosis, Finding, Remedy
from chainrule.diagnosis.run import diagnose

__all__ = ["Diagnosis", "Finding", "Remedy", "diagnose"]
