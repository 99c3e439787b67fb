"""What waits for a second person: who asks, and a yes or a no."""

from loyalty.console.approvals import pages
from loyalty.console.approvals.here import section

__all__ = ["pages", "section"]
