"""What somebody's data is used for, each purpose with its switch, and why they were written to."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from bots.commands import Chat, Reply, buttons, people, welcome
from bots.texts import formats, text
from loyalty import shop
from loyalty.channels import accounts
from loyalty.customers import consents, profiles
from loyalty.customers.consents import SWITCHES, Purpose
from loyalty.customers.models import ConsentEvent, CustomerStats
from loyalty.messaging.contents import MessageButton
from loyalty.privacy import portrait


def show(session: Session, chat: Chat) -> Reply:
    """Every purpose, whether it is on, and a button to turn it."""
    stats = session.get_one(CustomerStats, chat.person.customer_id)
    now_on = portrait.purposes(stats)
    lines = [text("purposes.title", chat.locale), text("purposes.programme", chat.locale)]
    for purpose in (Purpose.PROMOTION, *SWITCHES):
        state = text("purposes.on" if now_on[purpose] else "purposes.off", chat.locale)
        lines.append(text("purposes.row", chat.locale, what=_named(purpose, chat.locale), state=state))
    offers = buttons(chat.locale, "stop" if stats.consent_promotion else "resume")
    return Reply("\n".join(lines), (*offers, *(_button(each, not now_on[each], chat.locale) for each in SWITCHES)))


def turn(session: Session, chat: Chat, wish: str) -> Reply:
    """`care off`: at once and on every channel; the answer is kept with its wording like any consent."""
    name, _, way = wish.partition(" ")
    purpose, on = Purpose(name), way == "on"
    wording = text(
        "purposes.turned_on" if on else "purposes.turned_off", chat.locale, what=_named(purpose, chat.locale)
    )
    consents.switch(
        session,
        chat.person.customer_id,
        purpose,
        on,
        channel_account_id=chat.account.id,
        text_version=welcome.version(purpose, wording),
        locale=chat.locale,
        event_key=chat.event_key,
        words=chat.text,
        now=chat.now,
    )
    return Reply(wording, (_button(purpose, not on, chat.locale), *buttons(chat.locale, "points")))


def explain(session: Session, chat: Chat) -> Reply:
    """Which consent the shop's messages rest on, since when, and how to stop each kind."""
    stats = session.get_one(CustomerStats, chat.person.customer_id)
    lines = [*_programme(session, chat), *_promotion(session, chat)]
    key = "why_messages.care_on" if consents.is_on(stats, Purpose.CARE) else "why_messages.care_off"
    lines.append(text(key, chat.locale))
    offers = buttons(chat.locale, "stop" if stats.consent_promotion else "resume")
    return Reply(
        "\n".join(lines), (*offers, _button(Purpose.CARE, not consents.is_on(stats, Purpose.CARE), chat.locale))
    )


def in_use(session: Session, chat: Chat, stats: CustomerStats) -> Iterator[str]:
    """`Đang dùng để: …`, and what is off."""
    now_on = portrait.purposes(stats)
    for key, wanted in (("purposes.used", True), ("purposes.unused", False)):
        found = [_named(each, chat.locale) for each in (Purpose.PROMOTION, *SWITCHES) if now_on[each] is wanted]
        if found:
            yield text(key, chat.locale, what="; ".join(found))


def _programme(session: Session, chat: Chat) -> Iterator[str]:
    customer = profiles.get(session, chat.person.customer_id)
    if customer.joined_at is None:
        yield text("why_messages.answers", chat.locale)
    else:
        yield text("why_messages.programme", chat.locale, at=_at(session, chat, customer.joined_at))


def _promotion(session: Session, chat: Chat) -> Iterator[str]:
    """A line for each channel that was ever asked about."""
    given = [
        event
        for (purpose, _where), event in consents.current(session, chat.person.customer_id).items()
        if purpose == Purpose.PROMOTION
    ]
    if not given:
        yield text("why_messages.never", chat.locale)
    for event in given:
        key = "why_messages.agreed" if event.granted else "why_messages.refused"
        yield text(key, chat.locale, at=_at(session, chat, event.at), channel=_channel(session, chat, event))


def _channel(session: Session, chat: Chat, event: ConsentEvent) -> str:
    if event.channel_account_id is None:
        return shop.of(session).name
    if event.channel_account_id == chat.account.id:
        return people.channel_name(session, chat.person, chat.locale)
    return accounts.get(session, event.channel_account_id).kind.capitalize()


def _at(session: Session, chat: Chat, at: datetime) -> str:
    return formats.moment(at, chat.locale, shop.of(session), chat.now)


def _named(purpose: Purpose, locale: str) -> str:
    return text(f"purpose.{purpose}", locale)


def _button(purpose: Purpose, on: bool, locale: str) -> MessageButton:
    way = "on" if on else "off"
    return MessageButton(text(f"button.{purpose}_{way}", locale), text(f"privacy_words.{purpose}_{way}", locale))
