"""The demo shop's people and their history: invented, the same every time."""

from loyalty.demo.filling import fill
from loyalty.demo.removing import remove

__all__ = ["fill", "remove"]
