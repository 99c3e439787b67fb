"""The code a customer shows at the counter."""

from sqlalchemy.orm import Session

from bots import media
from bots.commands import CUSTOMER, Chat, Reply, buttons, command
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers import codes


@command("mã", "code", for_=CUSTOMER, help="mã", loose=True)
def show_code(session: Session, chat: Chat, _: str) -> Reply:
    """A fresh code, valid five minutes, with its QR where the platforms can fetch one; earlier ones end."""
    code = codes.issue_member_code(session, chat.person.customer_id, chat.person.id, now=chat.now)
    until = chat.now + codes.LIFE
    words = text("code.shown", chat.locale, code=code, until=formats.hour(until, shop.of(session)))
    return Reply(words, buttons(chat.locale, "points"), media.qr_address(session, code, until=until))
