"""The list beside the thread; one below the other on a phone. Open pages ask for what is new by themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from loyalty.console.conversations import showing
from loyalty.console.conversations.here import QUICK, section
from loyalty.console.conversations.showing import MARKED, Line, Row
from loyalty.console.desk import Desk
from loyalty.console.forms import Form, FormSchema, Text
from loyalty.console.section import Answer
from loyalty.messaging import conversations, threads
from loyalty.messaging.conversations import LONGEST, OUTSIDE
from loyalty.messaging.models import Conversation
from loyalty.messaging.threads import View
from loyalty.staff import accounts as staff
from loyalty.staff.permissions import Right
from loyalty.words import Both

PAGE = 25
MESSAGES = 40
NEWS = 100  # messages brought at once; the next look brings the rest
NUMBER, PLACE = 18, 30  # digits of a number in an address
VIEWS: Mapping[View, Both] = {
    "all": Both("Tất cả", "All"),
    "waiting": Both("Chờ người", "Waiting"),
    "mine": Both("Của tôi", "Mine"),
}


class Reply(FormSchema):
    text = Text(required=True, longest=LONGEST, lines=True)


@section.get("/conversations", right=Right.CONVERSE)
def index(desk: Desk) -> Answer:
    """Every conversation, the newest message first."""
    return desk.render("conversations/index.html", **_list(desk, whole=True))


@section.get("/conversations/<public_id>", right=Right.CONVERSE)
def show(desk: Desk, public_id: str) -> Answer:
    """One thread: what was said, who answers, and the line to write in."""
    thread = conversations.get_public(desk.session, public_id)
    return show_thread(desk, thread, desk.form(Reply, text=_suggested(desk, thread)))


@section.get("/conversations/<public_id>/newer", right=Right.CONVERSE)
def newer(desk: Desk, public_id: str) -> Answer:
    """What has happened in a thread since a page was drawn; nothing (204) when nothing has."""
    thread = conversations.get_public(desk.session, public_id)
    after = _number(desk, "after") or 0
    found = _thread(desk, thread, after=after)
    if not found["lines"] and found["stamp"] == desk.args.get("stamp"):
        return Response(status=204)
    earlier = showing.lines(desk, threads.read(desk.session, thread, before=after + 1, limit=1))
    return desk.render("conversations/newer.html", day=earlier[0].day if earlier else None, after=after, **found)


def show_thread(desk: Desk, thread: Conversation, form: Form) -> str:
    """The thread's page with what was typed so far."""
    found = _thread(desk, thread, before=_number(desk, "before"))
    beside = _list(desk) | {"opened": thread.public_id}
    return desk.render("conversations/show.html", form=form, quick=_quick(desk, found), **beside, **found)


def show_composer(desk: Desk, thread: Conversation, form: Form | None = None) -> str:
    """The line to write in alone, for a page that is open: as it was sent, or empty again."""
    if form is None:
        form = Form(Reply, None, MultiDict(), {}, session=desk.session, locale=desk.locale, known=desk.known)
    side = showing.side(desk, thread)
    found = {"thread": thread, "side": side, "form": form, "longest": LONGEST, **_whose(desk, thread)}
    return desk.render("conversations/composer.html", quick=_quick(desk, found), **found)


def _list(desk: Desk, *, whole: bool = False) -> dict[str, Any]:
    """The rows of the chosen list; on its own page by pages, beside a thread the first one."""
    view: View = next((name for name in VIEWS if name == desk.args.get("view")), "all")
    before = _number(desk, "after_row", PLACE) if whole else None
    found = threads.list_newest(desk.session, view=view, actor=desk.author.actor, before=before, limit=PAGE + 1)
    rows: list[Row] = showing.rows(desk, found[:PAGE])
    following = threads.position(found[PAGE - 1]) if len(found) > PAGE else None
    place = {"view": view, "views": VIEWS, "following": following, "is_first": before is None}
    return {"rows": rows, "opened": desk.args.get("open", ""), **place}


def _thread(desk: Desk, thread: Conversation, *, before: int | None = None, after: int | None = None) -> dict[str, Any]:
    limit = MESSAGES + 1 if after is None else NEWS
    read = threads.read(desk.session, thread, before=before, after=after, limit=limit)
    is_more = after is None and len(read) > MESSAGES
    lines = showing.lines(desk, read[-MESSAGES:] if after is None else read)
    side = showing.side(desk, thread)
    marks = _marks(desk, thread, lines, before, after)
    return {
        "thread": thread,
        "side": side,
        "lines": lines,
        "marks": marks,
        "older": lines[0].id if is_more else None,
        "newest": lines[-1].id if lines else after or 0,
        "is_latest": before is None,
        "stamp": showing.stamp(thread, side, marks),
        "longest": LONGEST,
        **_whose(desk, thread),
    }


def _marks(
    desk: Desk, thread: Conversation, lines: Sequence[Line], before: int | None, after: int | None
) -> list[Line]:
    """Our newest messages, whose marks may change while the page is open."""
    if after is not None:
        lines = showing.lines(desk, threads.read(desk.session, thread, limit=MARKED))
    elif before is not None:
        return []
    return [line for line in lines[-MARKED:] if line.mark]


def _quick(desk: Desk, found: Mapping[str, Any]) -> list[str]:
    """Sentences to begin with, in the customer's language."""
    facts = {"who": staff.name_of(desk.session, desk.member), "shop": desk.shop.name}
    return [line.in_(found["side"].locale, **facts) for line in QUICK]


def _suggested(desk: Desk, thread: Conversation) -> str:
    """The ready sentence that was picked where no script runs."""
    lines = _quick(desk, {"side": showing.side(desk, thread)})
    picked = _number(desk, "say")
    return lines[picked] if picked is not None and picked < len(lines) else ""


def _number(desk: Desk, name: str, digits: int = NUMBER) -> int | None:
    """A number of an address; None for anything else."""
    given = desk.args.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= digits else None


def _whose(desk: Desk, thread: Conversation) -> dict[str, Any]:
    """Who answers there: in words, whether it is who sits here, and whether one would have to replace somebody."""
    taken_by = thread.taken_by
    is_mine = taken_by == desk.author.actor
    is_others = not is_mine and taken_by not in (None, OUTSIDE)
    return {"by": showing.who(desk, taken_by or ""), "is_mine": is_mine, "is_others": is_others}
