"""Which offers bring whom back: the campaigns of each segment over time, against those held out."""

from dataclasses import dataclass

from loyalty.campaigns import offers, returning
from loyalty.campaigns.results import Results
from loyalty.campaigns.returning import Returned
from loyalty.console.campaigns import here
from loyalty.console.campaigns.after import percent
from loyalty.console.campaigns.here import section
from loyalty.console.desk import Desk
from loyalty.console.section import Answer
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.staff.permissions import Right

SEGMENTS = 6  # on the page of all; each has a page of its own
LATELY, ALL = 5, 50  # campaigns of each


@dataclass(frozen=True, slots=True)
class Line:
    """One campaign, or all of a segment's together, as it is shown."""

    row: Returned | None
    offer: str
    sent: int
    came: str
    held: str
    by: str
    verdict: str


@section.get("/campaigns/returns", right=Right.CAMPAIGN)
def returns(desk: Desk) -> Answer:
    """By segment; with `segment` all campaigns of one. Runs people may still come back after are only named."""
    wanted = desk.args.get("segment", "")
    chosen = saved.get_public(desk.session, wanted) if wanted else None
    segments = [chosen] if chosen else returning.list_segments(desk.session, limit=SEGMENTS)
    limit = ALL if chosen else LATELY
    groups = [(segment, _lines(desk, segment, limit)) for segment in segments]
    return desk.render("campaigns/returns.html", groups=groups, chosen=chosen, lately=LATELY, here=here)


def _lines(desk: Desk, segment: Segment, limit: int) -> list[Line]:
    rows = returning.closed_of_segment(desk.session, segment, limit=limit)
    lines = [_line(desk, row.found, row) for row in rows]
    return [*lines, _line(desk, returning.together(rows))] if len(rows) > 1 else lines


def _line(desk: Desk, found: Results, row: Returned | None = None) -> Line:
    up = found.uplift
    return Line(
        row,
        "" if row is None else _offer(desk, row),
        found.numbers.sent,
        percent(desk, found.meant.rate),
        percent(desk, found.held.rate),
        "—" if up is None else percent(desk, up.by, signed=True),
        found.verdict,
    )


def _offer(desk: Desk, row: Returned) -> str:
    return "" if row.offer is None else offers.title(desk.session, offers.told(desk.session, row.offer), desk.locale)
