"""A month of points: what one had, what came and went, what one had then."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, Chat, Reply, buttons, command, movements
from bots.commands.faults import NotMeant
from bots.texts import formats, text
from loyalty import shop
from loyalty.points import statements
from loyalty.points.statements import Statement
from loyalty.typed import months
from loyalty.typed.months import Month, MonthUnclear

ROWS = 10  # movements shown


def read_month(args: str) -> Month:
    """Raises NotMeant for words that are about something else, MonthUnclear for a thirteenth month."""
    try:
        return months.parse_month(args)
    except MonthUnclear as unclear:
        if unclear.is_close:
            raise
        raise NotMeant(args) from None


@command("sao kê", "statement", for_=CUSTOMER, help="sao kê tháng 10", loose=True, details=True, reads=read_month)
def show_statement(session: Session, chat: Chat, month: Month) -> Reply:
    """`sao kê tháng 10`: opening, sums by kind, closing, and the newest movements; without a month this one's."""
    today = shop.of(session).day(chat.now)
    first, last = month.days(today)
    made = statements.of(session, chat.person.customer_id, first, min(last, max(first, today)))
    return Reply("\n".join(_lines(session, chat, made)), buttons(chat.locale, "points", "history"))


def _lines(session: Session, chat: Chat, made: Statement) -> Iterator[str]:
    locale, today = chat.locale, shop.of(session).day(chat.now)
    first, last = (formats.day(on, locale, today) for on in (made.first, made.last))
    yield text("statement.title", locale, first=first, last=last)
    yield text("statement.opening", locale, points=formats.points(made.opening, locale))
    for kind, points in made.sums.items():
        if points:
            label = text(f"statement.{kind.value}", locale)
            yield text("statement.line", locale, label=label, points=formats.signed(points, locale))
    yield text("statement.closing", locale, points=formats.points(made.closing, locale))
    yield from movements.rows(session, chat, statements.list_newest(session, made, limit=ROWS))
    if made.count > ROWS:
        yield text("statement.more", locale, count=made.count - ROWS)
    elif not made.count:
        yield text("statement.none", locale)
