"""Yes and no: to offers, at most one a day and four in 30 days. Silence is never yes."""

from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, Chat, Reply, asked, buttons, command, people, welcome
from bots.commands.taken import PLAINLY
from bots.texts import text
from loyalty import shop
from loyalty.customers import consents, questions
from loyalty.customers.consents import Purpose
from loyalty.customers.models import Question

PROMOTION = "promotion_consent"  # the kind of our question


def ask(session: Session, chat: Chat) -> Reply:
    """Ask about offers; the question keeps which wording it was asked in."""
    channel = people.channel_name(session, chat.person, chat.locale)
    wording = text("consent.question", chat.locale, shop=shop.of(session).name, channel=channel)
    data = {"text_version": welcome.version("promotion", wording), "locale": chat.locale}
    questions.ask(session, chat.person, PROMOTION, data, now=chat.now)
    return Reply(wording, buttons(chat.locale, "yes", "no"))


def was_asked(session: Session, chat: Chat) -> bool:
    """Whether this person answered about offers on this channel account before: they are not asked again unasked."""
    answers = consents.current(session, chat.person.customer_id)
    return (Purpose.PROMOTION, chat.account.id) in answers


@command("đồng ý", "yes", for_=CUSTOMER)
def agree(session: Session, chat: Chat, how: str) -> Reply:
    """Yes to the newest open question; with none open, the question about offers. An «ok» is one to the last words."""
    waiting = asked.newest(session, chat.person.id, now=chat.now)
    if waiting is None:
        return ask(session, chat)
    question, kind = waiting
    if how == PLAINLY and not asked.is_last_said(session, chat, question):
        return acknowledge(session, chat, "")
    return kind.yes(session, chat, question)


@command("không", "no", for_=CUSTOMER)
def refuse(session: Session, chat: Chat, _: str) -> Reply:
    """No to the newest open question; with none open, a word like any other."""
    waiting = asked.newest(session, chat.person.id, now=chat.now)
    if waiting is None:
        return welcome.puzzled(session, chat)
    question, kind = waiting
    return kind.no(session, chat, question)


@command("dừng", "stop", for_=CUSTOMER, help="dừng", urgent=True)
def stop(session: Session, chat: Chat, _: str) -> Reply:
    """No more offers, at once and on every channel."""
    wording = text("consent.stopped", chat.locale)
    consents.withdraw_promotion(
        session,
        chat.person.customer_id,
        text_version=welcome.version("stop", wording),
        locale=chat.locale,
        event_key=chat.event_key,
        words=chat.text,
        now=chat.now,
    )
    questions.close_all(session, chat.person.id, now=chat.now)
    return Reply(wording, buttons(chat.locale, "points", "resume"))


@command("tiếp tục", "resume", for_=CUSTOMER, help="tiếp tục")
def resume(session: Session, chat: Chat, _: str) -> Reply:
    """The question about offers once more; only a yes brings them back."""
    if chat.person.promotion:
        return Reply(text("consent.running", chat.locale), buttons(chat.locale, "points", "stop"))
    return ask(session, chat)


@command("cảm ơn", "thanks", for_=CUSTOMER)
def acknowledge(session: Session, chat: Chat, _: str) -> Reply:
    """A courtesy gets one back; «dạ» is no answer to a question, so that is asked for once more."""
    waiting = asked.newest(session, chat.person.id, now=chat.now)
    if waiting is not None and waiting[1].remind is not None:
        return waiting[1].remind(session, chat, waiting[0])
    return Reply(text("courtesy.welcome", chat.locale))


def _yes(session: Session, chat: Chat, question: Question) -> Reply:
    _answer(session, chat, question, granted=True)
    return Reply(text("consent.yes", chat.locale, shop=shop.of(session).name), buttons(chat.locale, "points", "stop"))


def _no(session: Session, chat: Chat, question: Question) -> Reply:
    _answer(session, chat, question, granted=False)
    return Reply(text("consent.no", chat.locale), buttons(chat.locale, "points", "code"))


def _remind(session: Session, chat: Chat, question: Question) -> Reply:
    return Reply(text("consent.remind", chat.locale), buttons(chat.locale, "yes", "no"))


def _answer(session: Session, chat: Chat, question: Question, *, granted: bool) -> None:
    consents.record(
        session,
        chat.person,
        Purpose.PROMOTION,
        granted,
        text_version=question.data["text_version"],
        locale=question.data["locale"],
        event_key=chat.event_key,
        words=chat.text,
        now=chat.now,
    )
    questions.close(session, question, now=chat.now)


asked.kind(PROMOTION, asked.Kind(_yes, _no, _remind, context="consent_asked"))
