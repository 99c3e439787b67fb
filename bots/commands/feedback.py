"""Customers tell the shop what they think: praise, complaint, wish; a person of the shop answers."""

import re

from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, Chat, Reply, buttons, command
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers import cases
from loyalty.customers.cases import CaseKind, Opening
from loyalty.errors import Unreadable
from loyalty.typed import fold

_ASIDE = re.compile(
    r"\W*(?:\b(?:với|voi|cho|đến|tới|về|nè|ne|nhẹ|chút|xíu|tí|nghen|nhé|nha"
    r"|shop|quán|cửa hàng|tiệm|ad|em|mình|này|là|thêm)\b\s*){1,4}:\s*",
    re.IGNORECASE,
)  # «góp ý với cửa hàng: nhạc to quá»: to whom it is said is no part of it


class FeedbackMissing(Unreadable):
    """`góp ý` with nothing after it."""

    code = "feedback_missing"


def read_words(args: str) -> str:
    """What is to be passed on. Raises FeedbackMissing."""
    aside = _ASIDE.match(args)
    said = args[aside.end() :] if aside else args
    if not fold.tokens(said):
        raise FeedbackMissing
    return said


@command("góp ý", "feedback", for_=CUSTOMER, help="góp ý …", words=True, reads=read_words)
def give_feedback(session: Session, chat: Chat, words: str) -> Reply:
    """`góp ý nước hơi ngọt` opens a case of feedback, or adds to the one opened a short while ago."""
    return _hear(session, chat, CaseKind.FEEDBACK, words)


@command("khiếu nại", "complain", for_=CUSTOMER, words=True, reads=read_words)
def complain(session: Session, chat: Chat, words: str) -> Reply:
    """`khiếu nại tính nhầm tiền` opens a complaint: the owner is told, and offers wait until it is closed."""
    return _hear(session, chat, CaseKind.COMPLAINT, words)


def _hear(session: Session, chat: Chat, kind: CaseKind, words: str) -> Reply:
    said = Opening(kind, words, chat.account.kind, chat=chat.person)
    case, is_new = cases.hear(session, chat.person, said, key=chat.event_key, now=chat.now)
    here = shop.of(session)
    by = formats.day(case.due_on, chat.locale, here.day(chat.now))
    key = f"feedback.{kind}" if is_new else "feedback.added"
    return Reply(text(key, chat.locale, shop=here.name, day=by), buttons(chat.locale, "agent"))
