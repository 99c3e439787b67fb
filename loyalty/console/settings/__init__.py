"""What the owner decides: the shop, its hours, its money, the stop of everything outgoing, the way to real use."""

from loyalty.console.settings import choosing, leaving, stopping
from loyalty.console.settings.here import deeds, section

__all__ = ["choosing", "deeds", "leaving", "section", "stopping"]
