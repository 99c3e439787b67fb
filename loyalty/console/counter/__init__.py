"""The counter: find somebody, award their bill, hand a reward over, take goods back, undo it."""

from loyalty.console.counter import days, handing, releasing, returning, serving
from loyalty.console.counter.here import section

__all__ = ["days", "handing", "releasing", "returning", "section", "serving"]
