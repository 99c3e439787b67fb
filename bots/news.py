"""What platforms tell besides people's words: receipts, answers to templates, consent taken back, states and quotas.

Nobody is answered. Everything happens in the caller's transaction, and once however often the event comes.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime

from sqlalchemy.orm import Session

from bots.channel import Inbound, InboundKind
from bots.texts import text
from loyalty import shop
from loyalty.activity import timeline
from loyalty.alerts import raising
from loyalty.channels import accounts, figures, tokens
from loyalty.channels.models import ChannelAccount
from loyalty.customers import cases, identities, mirroring, profiles, tags, withdrawals
from loyalty.customers.cases import CaseKind, Opening
from loyalty.errors import LoyaltyError
from loyalty.messaging import receipts
from loyalty.messaging.receipts import Receipt
from loyalty.staff.audit import Author

REVOKED = "permission_revoked"  # why an account stopped
POOR = 3  # stars; with so many or fewer, somebody should look
OFF = ("DISABLE", "REJECT", "DELETE")  # how the names of states begin in which a template cannot be sent


def handle(session: Session, account: ChannelAccount, inbound: Inbound, *, now: datetime) -> bool:
    """Do what the event asks for; False when it is none of these."""
    handler = HANDLERS.get(inbound.kind)
    if handler is None:
        return False
    handler(session, account, inbound, now)
    return True


def _receipt(session: Session, account: ChannelAccount, inbound: Inbound, now: datetime) -> None:
    is_seen = inbound.kind is InboundKind.SEEN
    ids, mark, ours = inbound.message_ids, inbound.watermark, inbound.reference
    receipts.arrive(session, Receipt(account.id, inbound.user, ids, mark, ours, is_seen, inbound.at), now=now)


def _withdrawn(session: Session, account: ChannelAccount, inbound: Inbound, now: datetime) -> None:
    """Somebody we know of wants out: see `withdrawals`. Whoever never came holds nothing here."""
    chat = identities.find(session, account.id, inbound.user)
    if chat is None:
        return
    locale = profiles.get(session, chat.customer_id).locale or shop.of(session).locale
    words = text("platform.withdrawal", shop.of(session).locale, channel=account.kind.capitalize())
    key = _key(account, inbound)
    withdrawals.take_back(session, chat, words, source=account.kind, locale=locale, key=key, now=now)


def _answered(session: Session, account: ChannelAccount, inbound: Inbound, now: datetime) -> None:
    """An answer to a message of ours: kept in its customer's story; few stars or a note are for people to read."""
    message = receipts.find_answered(session, account.id, inbound.message_ids, inbound.reference)
    customer_id = message.customer_id if message is not None else None
    if message is None or customer_id is None or profiles.get(session, customer_id).erased_at is not None:
        return
    words, key = _words(session, inbound), _key(account, inbound)
    if cases.find_by_key(session, key) is not None:
        return
    data = {"channel": account.kind, "event": inbound.kind.value, "message": message.public_id}
    timeline.record(session, customer_id, "message_in", at=now, data=data, text=words)
    if inbound.facts.get("rate") and (inbound.text or int(inbound.facts["rate"]) <= POOR):
        said = Opening(CaseKind.FEEDBACK, words, account.kind)
        cases.open_case(session, customer_id, said, key=key, now=now)


def _words(session: Session, inbound: Inbound) -> str:
    rate = inbound.facts.get("rate")
    if not rate:
        return inbound.text
    stars = text("platform.stars", shop.of(session).locale, rate=rate)
    return f"{stars}: {inbound.text}" if inbound.text else stars


def _changed(session: Session, account: ChannelAccount, inbound: Inbound, now: datetime) -> None:
    """Kept; the owner is told of a template that cannot be sent any more, until it can."""
    facts = inbound.facts
    template, what = facts.get("template", ""), facts.get("what", "")
    value = {"now": facts.get("now"), "before": facts.get("before"), "reason": facts.get("reason")}
    name = f"{figures.TEMPLATE}{template}:{what}" if template else f"{figures.QUOTA}templates_day"
    kept = value if template else {"total": _number(facts.get("now")), "before": _number(facts.get("before"))}
    if not figures.put(session, account.id, name, kept, at=inbound.at) or not template or what != "status":
        return
    subject = f"{account.kind}:{account.external_id}:{template}"
    if facts.get("now", "").upper().startswith(OFF):
        raising.raise_alert(session, "template_off", subject, template, now=now)
    else:
        raising.close(session, "template_off", subject, now=now)


def _revoked(session: Session, account: ChannelAccount, inbound: Inbound, now: datetime) -> None:
    """Our grant was taken back: nothing leaves until somebody consents. A word older than our tokens is let go."""
    if not tokens.lose(session, account.id, as_of=inbound.at):
        return
    accounts.stop(session, account.id, REVOKED, now=now)
    raising.raise_alert(session, "token_lost", f"{account.kind}:{account.external_id}", REVOKED, now=now)


def _tagged(session: Session, account: ChannelAccount, inbound: Inbound, now: datetime) -> None:
    """A tag given or taken at the platform holds here too where the shop wished for it; older news than ours does not.

    Nor does word of what we did there ourselves. What cannot be a tag of ours stays there alone.
    """
    chat = identities.find(session, account.id, inbound.user) if account.takes_tags else None
    is_given, tag, at = inbound.ref == "add", tags.tidied(inbound.text), min(inbound.at, now)
    if chat is None or mirroring.is_echo(session, account, inbound.user, tag, is_given=is_given, at=at):
        return
    by = Author(f"{account.kind}:{account.external_id}", account.kind)
    with suppress(LoyaltyError), session.begin_nested():
        if is_given:
            tags.give(session, chat.customer_id, tag, by=by, as_of=at, now=at)
        else:
            tags.take(session, chat.customer_id, tag, as_of=at, now=at)


def _number(text: str | None) -> int | str | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 12 else text


def _key(account: ChannelAccount, inbound: Inbound) -> str:
    return f"{account.kind}:{account.external_id}:{inbound.event_id}"


HANDLERS: Mapping[InboundKind, Callable[[Session, ChannelAccount, Inbound, datetime], None]] = {
    InboundKind.DELIVERED: _receipt,
    InboundKind.SEEN: _receipt,
    InboundKind.WITHDRAWAL: _withdrawn,
    InboundKind.ANSWER: _answered,
    InboundKind.TEMPLATE: _changed,
    InboundKind.REVOKED: _revoked,
    InboundKind.TAGGED: _tagged,
}
