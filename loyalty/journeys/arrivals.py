"""Who entered a segment: read from a log of who entered and left where there is one, else found by comparing.

`LOG` is the log that is used, if there is one. Without, whoever belongs and was not
let in for it yet enters, in chunks, once a shop day: nobody is missed, but who left and came back the same day is not
seen, and whoever belongs when the journey begins enters as well.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from sqlalchemy.orm import Session

from loyalty.segments.models import Segment


class Arrival(NamedTuple):
    """Somebody came in; `position` is the row of the log that says so."""

    customer_id: int
    position: int


class Log(Protocol):
    """What is kept of who entered and left."""

    def newest(self, session: Session, segment: Segment) -> int:
        """The position behind which everything is to come."""

    def since(self, session: Session, segment: Segment, cursor: int, *, limit: int) -> Sequence[Arrival]:
        """Who came in by rows after `cursor`, in their order; no row appears behind one that was read."""


LOG: Log | None = None
