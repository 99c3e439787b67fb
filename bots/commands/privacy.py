"""One's own data: what is kept and how it came, a copy, a correction, the end of it."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, Chat, Reply, asked, buttons, command, purposes
from bots.texts import formats, has, text
from loyalty import shop
from loyalty.customers import emails, profiles, questions
from loyalty.customers.models import CustomerStats, Question
from loyalty.messaging.contents import MessageButton
from loyalty.points import ledger
from loyalty.privacy import copies, portrait, requests
from loyalty.privacy.models import PrivacyRequest
from loyalty.privacy.portrait import Datum
from loyalty.privacy.requests import Asking, Wish
from loyalty.typed import phones

ERASURE = "erasure"  # the kind of our question
SURE_FOR = timedelta(minutes=15)  # a yes after so long erases nobody
OFFERED = ("copy", "purposes", "correct", "erase", "why")


@command("dữ liệu của tôi", "privacy", for_=CUSTOMER, help="dữ liệu của tôi")
def show_privacy(session: Session, chat: Chat, wish: str) -> Reply:
    """What is kept and how it came; and, by the words that asked, a copy, the purposes, a correction, the end."""
    if wish in ACTS:
        return ACTS[wish](session, chat)
    if wish.endswith((" on", " off")):
        return purposes.turn(session, chat, wish)
    return _kept(session, chat)


@command("sửa thông tin", "correct", for_=CUSTOMER, words=True)
def correct(session: Session, chat: Chat, words: str) -> Reply:
    """How to put things right oneself; with words, a person of the shop does it."""
    if not words.strip():
        return Reply(text("privacy.correct", chat.locale), buttons(chat.locale, "contact"))
    wanted = Asking(Wish.CORRECT, chat.account.kind, words=words)
    request = requests.ask(session, chat.person.customer_id, wanted, key=chat.event_key, now=chat.now)
    requests.call(session, request, now=chat.now)
    told = text("privacy.correct_asked", chat.locale, **_days(session, chat, request))
    return Reply(told, buttons(chat.locale, "agent"))


@command("tên tôi là", "name", for_=CUSTOMER, words=True, reads=lambda args: None if _asks(args) else args)
def tell_name(session: Session, chat: Chat, name: str | None) -> Reply:
    """`tên tôi là Lan` keeps it; without a name, or as a question, it says which is kept."""
    customer = profiles.get(session, chat.person.customer_id)
    shown = profiles.clean_name(name)
    if shown is None:
        known = profiles.name_of(session, customer)
        return Reply(text("name.known", chat.locale, name=known) if known else text("name.ask", chat.locale))
    profiles.set_name(session, customer, shown, now=chat.now)
    return Reply(text("name.kept", chat.locale, name=formats.name(shown)), buttons(chat.locale, "points", "privacy"))


def _asks(args: str) -> bool:
    """«tên tôi là gì» asks for it."""
    words = args.casefold().strip(" ?.!").split()
    return not words or "?" in args or words[0] in ("gì", "gi", "chi", "what") or any(map(str.isdigit, args))


def _kept(session: Session, chat: Chat) -> Reply:
    customer, here = profiles.get(session, chat.person.customer_id), shop.of(session)
    stats = session.get_one(CustomerStats, customer.id)
    whole = portrait.is_proven(session, chat.person)
    lines = [text("privacy.title", chat.locale, shop=here.name)]
    lines += [_row(session, chat, each) for each in portrait.profile(session, customer)]
    facts = {"orders": stats.orders, "points": formats.points(stats.points, chat.locale)}
    lines.append(text("privacy.more", chat.locale, **facts))
    if not whole:
        lines.append(text("privacy.unproven", chat.locale))
    lines += [text("privacy.safe", chat.locale, shop=here.name), *purposes.in_use(session, chat, stats)]
    lines.append(text("privacy.details", chat.locale, link=f"{here.base_url}/privacy/"))
    return Reply("\n".join(lines), said(chat.locale, *OFFERED))


def _copy(session: Session, chat: Chat) -> Reply:
    """The link goes to the chat it is about, and is good for an hour."""
    wanted = Asking(Wish.COPY, chat.account.kind)
    request = requests.ask(session, chat.person.customer_id, wanted, key=chat.event_key, now=chat.now)
    requests.carry_out(session, request, by=requests.CUSTOMER, now=chat.now)
    link = copies.address(session, chat.person, now=chat.now)
    until = formats.hour(chat.now + copies.LIFE, shop.of(session))
    lines = [text("privacy.copy", chat.locale, link=link, until=until)]
    if not portrait.is_proven(session, chat.person):
        lines.append(text("privacy.unproven", chat.locale))
        return Reply("\n".join(lines), buttons(chat.locale, "contact"))
    return Reply("\n".join(lines), said(chat.locale, "correct", "erase"))


def _ask_to_erase(session: Session, chat: Chat) -> Reply:
    """Says what will be lost and asks once more; where the phone is only claimed and earned on, a person decides."""
    customer_id = chat.person.customer_id
    if not portrait.is_proven(session, chat.person) and ledger.list_newest(session, customer_id, limit=1):
        wanted = Asking(Wish.ERASE, chat.account.kind)
        request = requests.ask(session, customer_id, wanted, key=chat.event_key, now=chat.now)
        requests.call(session, request, now=chat.now)
        days = _days(session, chat, request)
        return Reply(text("privacy.erase_by_person", chat.locale, **days), buttons(chat.locale, "contact"))
    points = ledger.balance(session, customer_id)
    questions.ask(session, chat.person, ERASURE, {}, now=chat.now)
    told = text("privacy.erase_ask", chat.locale, points=formats.points(max(points, 0), chat.locale))
    return Reply(told, buttons(chat.locale, "yes", "no"))


def _erase(session: Session, chat: Chat, question: Question) -> Reply:
    wanted, here = Asking(Wish.ERASE, chat.account.kind), shop.of(session)
    request = requests.ask(session, chat.person.customer_id, wanted, key=chat.event_key, now=chat.now)
    requests.carry_out(session, request, by=requests.CUSTOMER, now=chat.now)
    on = formats.day(here.day(chat.now), chat.locale, here.day(chat.now))
    return Reply(text("privacy.erased", chat.locale, shop=here.name, day=on, number=request.id))


def _keep(session: Session, chat: Chat, question: Question) -> Reply:
    questions.close(session, question, now=chat.now)
    return Reply(text("privacy.erase_not", chat.locale), buttons(chat.locale, "points", "privacy"))


def _remind(session: Session, chat: Chat, question: Question) -> Reply:
    return Reply(text("privacy.erase_remind", chat.locale), buttons(chat.locale, "yes", "no"))


def said(locale: str, *names: str) -> tuple[MessageButton, ...]:
    """Buttons that send the words of one of `ACTS`."""
    return tuple(
        MessageButton(text(f"button.privacy_{name}", locale), text(f"privacy_words.{name}", locale)) for name in names
    )


def _row(session: Session, chat: Chat, each: Datum) -> str:
    """`• Tên: Lan · bạn nhắn, 03/11`."""
    how = f"privacy_how.{each.how}"
    here = shop.of(session)
    return text(
        "privacy.row",
        chat.locale,
        part=text(f"privacy_part.{each.part}", chat.locale),
        value=_shown(each),
        how=text(how if has(how) else "privacy_how.other", chat.locale),
        day=formats.day(here.day(each.at), chat.locale, here.day(chat.now)),
    )


def _shown(each: Datum) -> str:
    """As it may stand on a screen others look at."""
    if each.part == "birthday":
        year, month, day = each.value.rsplit("-", 2)
        return f"{day}/{month}" + (f"/{year}" if year.strip("-") else "")
    masks: Mapping[str, Callable[[str], str]] = {"phone": phones.mask, "email": emails.mask}
    return masks.get(each.part, formats.name)(each.value)


def _days(session: Session, chat: Chat, request: PrivacyRequest) -> dict[str, str]:
    today = shop.of(session).day(chat.now)
    return {
        "answer_by": formats.day(request.answer_by, chat.locale, today),
        "due": formats.day(request.due_on, chat.locale, today),
    }


ACTS: Mapping[str, Callable[[Session, Chat], Reply]] = {
    "copy": _copy,
    "erase": _ask_to_erase,
    "purposes": purposes.show,
    "why": purposes.explain,
    "correct": lambda session, chat: correct(session, chat, ""),
}
asked.kind(ERASURE, asked.Kind(_erase, _keep, _remind, SURE_FOR))
