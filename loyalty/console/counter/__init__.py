"""The counter: find somebody, award their bill, undo it."""

from loyalty.console.counter import days, serving
from loyalty.console.counter.here import section

__all__ = ["days", "section", "serving"]
