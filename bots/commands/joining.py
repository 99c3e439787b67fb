"""Joining: a phone typed is a claim, a phone shared by the platform a proof."""

from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, Chat, Reply, buttons, command, consent, names, welcome
from bots.texts import formats, text
from loyalty.customers import consents, linking, profiles
from loyalty.customers.consents import Purpose
from loyalty.customers.linking import ClaimOutcome
from loyalty.customers.models import ChannelIdentity
from loyalty.messaging import notices
from loyalty.messaging.contents import MessageButton
from loyalty.points import ledger
from loyalty.typed import fold, phones

CHANGE = frozenset({"doi", "change", "moi", "new"})  # words of who has another phone now


@command("đăng ký", "join", for_=CUSTOMER, help="đăng ký", reads=lambda args: phones.find_phone(args) if args else None)
def join(session: Session, chat: Chat, phone: str | None) -> Reply:
    """`đăng ký` asks for the phone; a phone joins with it. The same again says so and changes nothing."""
    if phone is None:
        return _invite(session, chat)
    before = profiles.phone_of(session, profiles.get(session, chat.person.customer_id))
    claim = linking.claim_phone(session, chat.person, phone, now=chat.now)
    if claim.outcome is ClaimOutcome.TAKEN:
        return Reply(text("join.prove", chat.locale, phone=phones.mask(phone)), buttons(chat.locale, "contact"))
    if claim.outcome is ClaimOutcome.REPLACES:
        return _keep_phone(session, chat, phone)
    _keep_name(session, chat)
    if claim.outcome is ClaimOutcome.SET and before is not None:
        changed = text("join.changed", chat.locale, old=phones.mask(before), phone=phones.mask(phone))
        return Reply(changed, buttons(chat.locale, "points", "code"))
    if not claim.joined:
        return Reply(_already(session, chat), buttons(chat.locale, "points", "code"))
    return _joined(session, chat, text("join.done", chat.locale, phone=phones.mask(phone)))


def share(session: Session, chat: Chat, phone: str, name: str) -> Reply:
    """The platform attests the person's own phone: the chat is this phone's customer from now on.

    Raises PhoneUnclear, TwoHistories, PhoneBusy.
    """
    e164 = phones.parse_phone(phone)
    proof = linking.prove_phone(session, chat.person, e164, proof="shared", now=chat.now)
    customer = profiles.get(session, proof.customer_id)
    if name and profiles.name_of(session, customer) is None:
        profiles.set_name(session, customer, name, now=chat.now)
    tell_detached(session, chat, e164, proof.detached)
    done = text("join.done", chat.locale, phone=phones.mask(e164))
    points = ledger.balance(session, proof.customer_id)
    if points:
        done += "\n" + text("join.balance", chat.locale, points=formats.points(points, chat.locale))
    return _joined(session, chat, done, is_new=proof.joined)


def agree_to_programme(session: Session, chat: Chat, identity: ChannelIdentity, *, words: str | None) -> None:
    """Joining is consent to run the programme, by the words about what is kept."""
    wording = welcome.kept(session, chat.locale)
    consents.record(
        session,
        identity,
        Purpose.PROGRAMME,
        True,
        text_version=welcome.version("programme", wording),
        locale=chat.locale,
        event_key=chat.event_key,
        words=words,
        now=chat.now,
    )


def tell_detached(session: Session, chat: Chat, phone: str, detached: tuple[ChannelIdentity, ...]) -> None:
    """Those who had only claimed a phone learn that it was proven elsewhere."""

    def render(locale: str) -> tuple[str, tuple[MessageButton, ...]]:
        return text("join.detached", locale, phone=phones.mask(phone)), buttons(locale, "code")

    for loser in detached:
        key = f"detached:{chat.event_key}:{loser.id}"
        notices.tell_customer(session, loser.customer_id, key, render, now=chat.now)


def _invite(session: Session, chat: Chat) -> Reply:
    if profiles.get(session, chat.person.customer_id).joined_at is not None:
        if CHANGE & set(fold.tokens(chat.text)):
            return Reply(text("join.change", chat.locale), buttons(chat.locale, "contact"))
        return Reply(_already(session, chat), buttons(chat.locale, "points", "code"))
    return Reply(text("join.ask", chat.locale), buttons(chat.locale, "contact"))


def _already(session: Session, chat: Chat) -> str:
    customer = profiles.get(session, chat.person.customer_id)
    phone = profiles.phone_of(session, customer)
    if phone is None:
        return text("join.already", chat.locale)
    return text("join.already_with", chat.locale, phone=phones.mask(phone))


def _keep_name(session: Session, chat: Chat) -> None:
    """«em tên Hạnh, sđt …»: what they are called, unless it is known."""
    customer = profiles.get(session, chat.person.customer_id)
    if (name := names.told(chat.text)) is not None and profiles.name_of(session, customer) is None:
        profiles.set_name(session, customer, name, now=chat.now)


def _keep_phone(session: Session, chat: Chat, phone: str) -> Reply:
    known = profiles.phone_of(session, profiles.get(session, chat.person.customer_id))
    shown = {"known": phones.mask(known or phone), "phone": phones.mask(phone)}
    return Reply(text("join.replace", chat.locale, **shown), buttons(chat.locale, "contact"))


def _joined(session: Session, chat: Chat, done: str, *, is_new: bool = True) -> Reply:
    """Done, and once the question about offers."""
    if is_new:
        agree_to_programme(session, chat, chat.person, words=chat.text or None)
    if chat.staff is not None:
        done += "\n" + text("join.staff", chat.locale)
    if consent.was_asked(session, chat):
        return Reply(done, buttons(chat.locale, "points", "code"))
    question = consent.ask(session, chat)
    return Reply(f"{done}\n{question.text}", question.buttons)
