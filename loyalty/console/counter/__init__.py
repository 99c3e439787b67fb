"""The counter: find somebody, award their bill, undo it, take goods back."""

from loyalty.console.counter import days, returning, serving
from loyalty.console.counter.here import section

__all__ = ["days", "returning", "section", "serving"]
