"""What the bot asked or showed last, and so what a yes, a no or a bare answer means: each kind of question says so."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bots.commands import Chat, Reply
from loyalty.customers import questions
from loyalty.customers.models import Question
from loyalty.messaging import threads

NO_CONTEXT = "none"
LISTED_FOR = timedelta(minutes=10)  # so long «3» chooses from the rewards that were shown

Act = Callable[[Session, Chat, Question], Reply]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question. `remind`: asked once more where only a courtesy came back; None: then it is let be.

    `life`: an answer after so long answers nothing any more. `context`: how `answers` calls it.
    """

    yes: Act
    no: Act
    remind: Act | None = None
    life: timedelta | None = None
    context: str = NO_CONTEXT


_known: dict[str, Kind] = {}


def kind(name: str, asked: Kind) -> None:
    """What the answers to questions of this kind do."""
    assert name not in _known, f"two questions are called {name}"
    _known[name] = asked


def newest(session: Session, identity_id: int, *, now: datetime) -> tuple[Question, Kind] | None:
    """The question a yes or no answers; those that waited too long, or that nobody knows any more, are closed."""
    while (question := questions.newest_open(session, identity_id)) is not None:
        found = _known.get(question.kind)
        if found is not None and (found.life is None or now - question.asked_at <= found.life):
            return question, found
        questions.close(session, question, now=now)
    return None


def context(session: Session, identity_id: int, *, now: datetime) -> str:
    """Which context of `understand --json` this chat is in: the newest of what was asked and of what was listed."""
    waiting = newest(session, identity_id, now=now)
    listed = questions.newest_list(session, identity_id)
    if listed is not None and now - listed.asked_at > LISTED_FOR:
        questions.close(session, listed, now=now)
        listed = None
    if listed is not None and (waiting is None or waiting[0].id < listed.id):
        return questions.LISTED
    return waiting[1].context if waiting is not None else NO_CONTEXT


def is_last_said(session: Session, chat: Chat, question: Question) -> bool:
    """Whether nobody said anything, a notice neither, between a question and the message being answered, which is kept
    already."""
    before = threads.said_before_last(session, chat.person.customer_id)
    return before is None or before <= question.asked_at
