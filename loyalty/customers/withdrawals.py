"""A person took their consent back at the platform: offers end at once, the rest is for people to decide."""

from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.customers import cases, consents, profiles
from loyalty.customers.cases import CaseKind, Opening
from loyalty.customers.models import Case, ChannelIdentity

ALERT = "data_withdrawn"  # raised for the owner until the request is answered or closed
TEXT_VERSION = "platform-withdrawal"  # nobody was shown a text of ours


def take_back(
    session: Session, chat: ChannelIdentity, words: str, *, source: str, locale: str, key: str, now: datetime
) -> Case | None:
    """No promotion on any channel from now on, and a request to erase for people to decide; the owner is told.

    `words` say in the request what is asked. The same `key` returns the first request and changes nothing. None for
    somebody of whom nothing personal is kept any more.
    """
    profiles.lock(session, chat.customer_id)
    if profiles.get(session, chat.customer_id).erased_at is not None:
        return None
    consents.withdraw_promotion(
        session, chat.customer_id, text_version=TEXT_VERSION, locale=locale, event_key=key, words=None, now=now
    )
    said = Opening(CaseKind.REQUEST, words, source, chat=chat)
    if (known := cases.find_by_key(session, key)) is not None:
        return known
    case = cases.open_case(session, chat.customer_id, said, key=key, now=now)
    raising.raise_alert(session, ALERT, f"case:{case.public_id}", f"#{case.id}", now=now)
    return case


def settled(session: Session, case: Case, *, now: datetime) -> None:
    """People dealt with the request: the owner need not be reminded."""
    raising.close(session, ALERT, f"case:{case.public_id}", now=now)
