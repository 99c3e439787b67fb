"""What sends somebody off to a platform to consent, and takes them back; made beside the channels, used by pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

EXTENSION = "loyalty_connectors"  # where an application keeps them, by kind of channel
COOKIE = "kq_grant"  # of the browser a consent began in


@dataclass(frozen=True, slots=True)
class Journey:
    """The address to open, the `state` it carries, and what the browser's cookie holds until it comes back."""

    url: str = field(repr=False)
    state: str = field(repr=False)
    browser: str = field(repr=False)
    callback: str = ""  # where it comes back to: must stand in the platform's settings letter by letter


class Connector(Protocol):
    """One platform's way of consenting."""

    @property
    def kind(self) -> str: ...
    @property
    def callback(self) -> str:
        """Where people come back to, by its whole address."""

    def begin(
        self, session: Session, *, wanted: str | None, by: str, source: str, in_browser: bool, now: datetime
    ) -> Journey:
        """Send somebody off for the account `wanted`, or for any."""

    def finish(self, came: Mapping[str, str], *, browser: str) -> str:
        """Take the address somebody came back to; the account that consented.

        Raises LoyaltyError: the codes of `granting`, or `consent_refused` with the platform's own `platform_code`.
        """


Connectors = Mapping[str, Connector]
