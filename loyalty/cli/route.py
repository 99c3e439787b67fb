"""`loyalty route`: which ways a message to somebody may go now, what each costs, why the others may not."""

from collections.abc import Sequence
from typing import Any

import click
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.cli import common
from loyalty.cli.common import Both, Refused
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.customers.profiles import CustomerNotFound
from loyalty.messaging import routes, way_words, ways
from loyalty.messaging.ways import KINDS, Way
from loyalty.typed import phones
from loyalty.typed.phones import PhoneUnclear

NOBODY = Both(
    vi="Không có khách «{who}». Ghi mã khách hoặc số điện thoại, ví dụ: loyalty route 0912345678 promotion",
    en="Nobody is known as “{who}”. Write an id or a phone, such as: loyalty route 0912345678 promotion",
)
HEAD = Both(vi="Cách|Kênh|Giá|Được không|Đến", en="Way|Channel|Price|Allowed|Until")
YES = Both(vi="được", en="yes")
TAKEN = Both(vi="Bây giờ sẽ gửi: {way}, {price}.", en="It would go now: {way}, {price}.")
HELD = Both(vi="Bây giờ chưa gửi; chờ đến {at}.", en="It would wait until {at}.")
NONE = Both(vi="Không gửi được bằng cách nào: {why}.", en="It would not go: {why}.")
NO_WAY = Both(
    vi="Khách chưa có chat nào, và chưa chọn mẫu tin nào.", en="They have no chat, and no template is chosen."
)


@click.command(context_settings=common.TAKES_IDS)
@click.argument("customer")
@click.argument("purpose", type=click.Choice(list(KINDS)))
def route(customer: str, purpose: str) -> None:
    """Which ways a message to CUSTOMER (an id or a phone) for PURPOSE may go, and which would be taken now."""
    with common.reading() as session:
        found = _find(session, customer)
        judged = routes.of(session, found.id, purpose, now=common.now())
        phone = profiles.phone_of(session, found)
        masked = phones.mask(phone) if phone else ""
        locale = shop.of(session).locale
    told = {"customer": found.public_id, "phone": masked, "purpose": purpose, "ways": [_told(way) for way in judged]}
    common.emit(told, lambda: _listed(found.public_id, masked, judged, locale))


def _find(session: Session, who: str) -> Customer:
    """Raises Refused."""
    try:
        return profiles.get_public(session, who)
    except CustomerNotFound:
        pass
    try:
        known = profiles.find_by_phone(session, phones.parse_phone(who))
    except PhoneUnclear:
        known = None
    if known is None:
        raise Refused(NOBODY(who=who[:40]))
    return known


def _told(way: Way) -> dict[str, Any]:
    return {
        "route": str(way.route),
        "channel": way.chat.kind,
        "account": way.chat.account,
        "template": way.choice.name if way.choice else None,
        "price": way.price,
        "allowed": way.is_allowed,
        "reason": way.reason,
        "facts": {name: fact for name, fact in way.facts.items() if name != "closed_at"},
        "until": way.until,
    }


def _listed(customer: str, masked: str, judged: Sequence[Way], locale: str) -> str:
    head = " · ".join(part for part in (customer, masked) if part)
    if not judged:
        return f"{head}\n{NO_WAY()}"
    rows = [
        [
            way_words.route(way, locale),
            way.chat.kind,
            way_words.priced(way, locale),
            YES() if way.is_allowed else way_words.why(way, locale),
            common.moment(way.until) or "–",
        ]
        for way in judged
    ]
    return "\n".join([head, common.table(HEAD().split("|"), rows), _verdict(judged, locale)])


def _verdict(judged: Sequence[Way], locale: str) -> str:
    if (way := ways.best(judged)) is not None:
        return TAKEN(way=way_words.route(way, locale), price=way_words.priced(way, locale))
    if (until := ways.held_until(judged)) is not None:
        return HELD(at=common.moment(until))
    reason = ways.why(judged)
    told = next((way for way in judged if way.reason == reason), judged[0])
    return NONE(why=way_words.why(told, locale))


commands: list[click.Command] = [route]
