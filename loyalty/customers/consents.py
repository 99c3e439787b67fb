"""What people agreed to: per purpose and channel account, only ever added to, one hash chain per customer.

Two purposes need a yes: the programme (joining is one) and promotion. The other three come with the programme and are
told of beforehand; each is switched off by a word, on every channel at once. Why: docs/decisions/0024.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, delete, select
from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.channels import accounts
from loyalty.customers import chains, identities, profiles
from loyalty.customers.models import ChannelIdentity, ConsentEvent, CustomerStats, is_refusing
from loyalty.customers.traits.models import CustomerHour
from loyalty.db import new_public_id
from loyalty.typed import fold
from loyalty.vault import people

CHAT_LEFT = "chat-left"  # text_version of a withdrawal nobody wrote: the chat that had agreed is no longer theirs
LONGEST_WORDS = 1000

Where = tuple[str, int | None]  # purpose and channel account


class Purpose(StrEnum):
    PROGRAMME = "programme"  # to run points
    PROMOTION = "promotion"  # to receive offers
    CARE = "care"  # reminders nobody asked for: points about to end, a tier about to fall, the question for a birthday
    EVALUATION = "evaluation"  # to be counted as a person in reports: buyers, members, who bought again
    PERSONALISATION = "personalisation"  # to be chosen by what one bought or holds


SWITCHES = (Purpose.CARE, Purpose.EVALUATION, Purpose.PERSONALISATION)  # on until refused


@dataclass(frozen=True, slots=True)
class Answer:
    """A yes or no as it was given. `text_version` names the wording that was shown, `words` are the person's own."""

    purpose: str
    granted: bool
    channel_account_id: int | None
    text_version: str
    locale: str
    event_key: str
    words: str | None
    at: datetime


def record(
    session: Session,
    identity: ChannelIdentity,
    purpose: Purpose,
    granted: bool,
    *,
    text_version: str,
    locale: str,
    event_key: str,
    words: str | None,
    now: datetime,
) -> ConsentEvent:
    """Keep an answer given in a chat; it holds for all the person's chats with that channel account.

    The same `event_key` returns the first answer and changes nothing: one event that answers two questions needs two
    keys. Locks the customer, so that no promotion begins after a refusal was committed.
    """
    stats = identities.hold(session, identity)
    answer = Answer(purpose, granted, identity.channel_account_id, text_version, locale, event_key, words, now)
    return _keep(session, stats, answer)


def withdraw_promotion(
    session: Session,
    customer_id: int,
    *,
    text_version: str,
    locale: str,
    event_key: str,
    words: str | None,
    now: datetime,
) -> list[ConsentEvent]:
    """No offers any more, on none of the customer's channels: one refusal each, also where nothing had been agreed.

    The same `event_key` again changes nothing. Raises CustomerNotFound.
    """
    stats = profiles.lock(session, customer_id)
    chats = identities.of_customer(session, customer_id)
    wheres: list[int | None] = [*sorted({chat.channel_account_id for chat in chats})] or [None]
    keys = {where: f"{event_key}#{_channel(session, where)[0] or ''}" for where in wheres}
    return [
        _keep(session, stats, Answer(Purpose.PROMOTION, False, where, text_version, locale, key, words, now))
        for where, key in keys.items()
    ]


def switch(
    session: Session,
    customer_id: int,
    purpose: Purpose,
    on: bool,
    *,
    channel_account_id: int | None,
    text_version: str,
    locale: str,
    event_key: str,
    words: str | None,
    now: datetime,
) -> ConsentEvent:
    """Turn one of `SWITCHES` on or off, for the person and not only for the chat they said it in.

    The same `event_key` again changes nothing. Raises CustomerNotFound.
    """
    assert purpose in SWITCHES
    stats = profiles.lock(session, customer_id)
    answer = Answer(purpose, on, channel_account_id, text_version, locale, event_key, words, now)
    return _keep(session, stats, answer)


def end_all(session: Session, customer_id: int, *, text_version: str, event_key: str, now: datetime) -> None:
    """Whatever was agreed to and still holds ends, on every channel. The same `event_key` again changes nothing."""
    stats = profiles.lock(session, customer_id)
    for (purpose, where), event in current(session, customer_id).items():
        if event.granted:
            key = f"{event_key}#{purpose}#{_channel(session, where)[0] or ''}"
            _keep(session, stats, Answer(purpose, False, where, text_version, event.locale, key, None, now))


def is_on(stats: CustomerStats, purpose: Purpose) -> bool:
    """Whether one of `SWITCHES` is on for a person."""
    return f",{purpose}," not in stats.refused


def allows(session: Session, customer_id: int, purpose: Purpose) -> bool:
    """`is_on` for whoever has no totals at hand."""
    refused = session.scalar(select(CustomerStats.refused).filter_by(customer_id=customer_id))
    return f",{purpose}," not in (refused or "")


def refusers(purpose: Purpose) -> Select[Any]:
    """The customers who switched a purpose off: few, found by an index of their own."""
    has = CustomerStats.refused.contains(f",{purpose},", autoescape=True)
    return select(CustomerStats.customer_id).where(is_refusing(CustomerStats), has)


def current(session: Session, customer_id: int) -> Mapping[Where, ConsentEvent]:
    """The newest answer for each purpose and channel account that was ever asked about."""
    return {(event.purpose, event.channel_account_id): event for event in list_all(session, customer_id)}


def list_all(session: Session, customer_id: int) -> Sequence[ConsentEvent]:
    """Every answer of the customer, first given first."""
    return session.scalars(select(ConsentEvent).filter_by(customer_id=customer_id).order_by(ConsentEvent.seq)).all()


def words_of(session: Session, event: ConsentEvent) -> str | None:
    """What the person wrote to say so. Raises Erased."""
    if event.proof is None:
        return None
    return people.read(session, event.customer_id, event.proof, "consent_event", "proof", event.public_id)


def carry_over(
    session: Session, identity: ChannelIdentity, giver: CustomerStats, taker: CustomerStats, *, now: datetime
) -> None:
    """A chat, moved already, takes its answers from one customer to the other; the stricter one holds there.

    What it had agreed to ends with it where it leaves, unless another chat of that customer is with the same account.
    Both customers are locked.
    """
    account_id = identity.channel_account_id
    before, there = current(session, giver.customer_id), current(session, taker.customer_id)
    is_shared = any(
        chat.channel_account_id == account_id for chat in identities.of_customer(session, giver.customer_id)
    )
    for purpose in Purpose:
        event = before.get((purpose, account_id))
        if event is None:
            continue
        known = there.get((purpose, account_id))
        if known is None or (known.granted and not event.granted):
            _keep(session, taker, _copy(session, event, f"{event.event_key}>{taker.consent_seq + 1}"))
        if event.granted and not is_shared and purpose not in SWITCHES:
            key = f"{event.event_key}<{giver.consent_seq + 1}"
            _keep(session, giver, Answer(purpose, False, account_id, CHAT_LEFT, event.locale, key, None, now))
    for stats in (giver, taker):
        _apply(session, stats)


def content(event: ConsentEvent | Row[*tuple[Any, ...]], customer: str, channel: str | None) -> chains.Content:
    """What the chain covers: everything but our own numbers. `customer` is a public id, `channel` kind:external id."""
    return {
        "customer": customer,
        "seq": event.seq,
        "public_id": event.public_id,
        "purpose": event.purpose,
        "granted": event.granted,
        "channel": channel,
        "text_version": event.text_version,
        "locale": event.locale,
        "event_key": event.event_key,
        "proof": event.proof,
        "at": event.at,
    }


def _keep(session: Session, stats: CustomerStats, answer: Answer) -> ConsentEvent:
    """Append an answer to the chain of a locked customer, unless its key was kept before."""
    if earlier := session.scalar(select(ConsentEvent).filter_by(event_key=answer.event_key)):
        return earlier
    event = _append(session, stats, answer)
    if answer.purpose != Purpose.PROGRAMME:
        _apply(session, stats)
    _, kind = _channel(session, answer.channel_account_id)
    data = {"purpose": str(answer.purpose), "granted": answer.granted, "channel": kind}
    timeline.record(session, stats.customer_id, "consent", at=answer.at, data=data)
    return event


def _append(session: Session, stats: CustomerStats, answer: Answer) -> ConsentEvent:
    public_id = new_public_id()
    event = ConsentEvent(
        customer_id=stats.customer_id,
        seq=stats.consent_seq + 1,
        public_id=public_id,
        purpose=str(answer.purpose),
        granted=answer.granted,
        channel_account_id=answer.channel_account_id,
        text_version=answer.text_version,
        locale=answer.locale,
        event_key=answer.event_key,
        proof=_seal(session, stats.customer_id, public_id, answer.words),
        at=answer.at,
    )
    channel, _ = _channel(session, answer.channel_account_id)
    customer = profiles.get(session, stats.customer_id).public_id
    event.chain = chains.link(stats.consent_chain, content(event, customer, channel))
    stats.consent_seq, stats.consent_chain = event.seq, event.chain
    session.add(event)
    session.flush()
    return event


def _apply(session: Session, stats: CustomerStats) -> None:
    """Every chat says what its customer's newest answer on its channel account says; then the totals.

    Of who wants no personalisation the hour that was learned of them is forgotten at once.
    """
    newest = current(session, stats.customer_id)
    for chat in identities.of_customer(session, stats.customer_id):
        event = newest.get((Purpose.PROMOTION, chat.channel_account_id))
        chat.promotion = event is not None and event.granted
    stats.refused = refused_of(newest.values())
    if not is_on(stats, Purpose.PERSONALISATION):
        session.execute(delete(CustomerHour).where(CustomerHour.customer_id == stats.customer_id))
    identities.summarise(session, stats)


def refused_of(answers: Iterable[ConsentEvent | Row[*tuple[Any, ...]]]) -> str:
    """What the totals say of the switches, by the newest answer to each, wherever it was given."""
    last: dict[str, ConsentEvent | Row[*tuple[Any, ...]]] = {}
    for event in answers:
        if event.purpose in SWITCHES and (event.purpose not in last or event.seq > last[event.purpose].seq):
            last[event.purpose] = event
    off = sorted(purpose for purpose, event in last.items() if not event.granted)
    return f",{','.join(off)}," if off else ""


def _copy(session: Session, event: ConsentEvent, key: str) -> Answer:
    return Answer(
        purpose=event.purpose,
        granted=event.granted,
        channel_account_id=event.channel_account_id,
        text_version=event.text_version,
        locale=event.locale,
        event_key=key,
        words=words_of(session, event),
        at=event.at,
    )


def _seal(session: Session, customer_id: int, public_id: str, words: str | None) -> bytes | None:
    if words is None:
        return None
    return people.seal(session, customer_id, fold.quote(words, LONGEST_WORDS), "consent_event", "proof", public_id)


def _channel(session: Session, account_id: int | None) -> tuple[str | None, str | None]:
    """Kind and external id, as the chain has them; the kind alone."""
    if account_id is None:
        return None, None
    account = accounts.get(session, account_id)
    return f"{account.kind}:{account.external_id}", account.kind
