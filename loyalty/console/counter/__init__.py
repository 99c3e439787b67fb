"""The counter: find somebody, award their bill, hand a reward over, undo it."""

from loyalty.console.counter import days, handing, serving
from loyalty.console.counter.here import section

__all__ = ["days", "handing", "section", "serving"]
