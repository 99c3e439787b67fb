"""A customer asks for a person of the shop."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, Chat, Reply, buttons, command
from bots.texts import formats, text
from loyalty import shop
from loyalty.messaging import conversations
from loyalty.shop import Shop


@command("nhân viên", "agent", for_=CUSTOMER, help="nhân viên")
def call_agent(session: Session, chat: Chat, _: str) -> Reply:
    """Staff are told, and the bot goes on until one of them takes the chat over. It promises no more than the hours."""
    is_first = conversations.want(session, chat.person, now=chat.now)
    lines = _lines(chat, shop.of(session), is_first)
    return Reply("\n".join(lines), buttons(chat.locale, "points", "history"))


def _lines(chat: Chat, here: Shop, is_first: bool) -> Iterator[str]:
    if here.is_open(chat.now):
        yield text("person.wanted" if is_first else "person.again", chat.locale, shop=here.name)
    elif (opens := here.opens_at(chat.now)) is not None:
        when = formats.moment(opens, chat.locale, here, chat.now)
        yield text("person.closed", chat.locale, shop=here.name, when=when)
    else:
        yield text("person.closed_long", chat.locale, shop=here.name)
    if not here.is_open(chat.now) and here.closed_text:
        yield here.closed_text
    if here.contact:
        yield text("person.contact", chat.locale, contact=here.contact)
