"""Rewording a sentence, going back to ours, undoing. Every change is kept."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from loyalty.choices.models import ShopChoice
from loyalty.db import look_again
from loyalty.errors import Conflict, NotFound
from loyalty.shop import Wordings
from loyalty.wording import checking
from loyalty.wording.catalogue import LOCALES, Catalogue
from loyalty.wording.models import TextChange, TextOverride


class TextChangeNotFound(NotFound):
    """There was no such change of a sentence."""

    code = "text_change_not_found"


class RewordedSince(Conflict):
    """Somebody worded the sentence anew after this change."""

    code = "reworded_since"


def of(session: Session) -> Wordings:
    """Every sentence in the shop's own words, by language and key."""
    found: dict[str, dict[str, str]] = {locale: {} for locale in LOCALES}
    for key, locale, wording in session.execute(select(TextOverride.key, TextOverride.locale, TextOverride.wording)):
        found[locale][key] = wording
    return found


def find(session: Session, key: str, locale: str) -> TextOverride | None:
    """The shop's own wording, as of this transaction."""
    return session.get(TextOverride, (key, locale), populate_existing=True)


def save(
    session: Session, catalogue: Catalogue, key: str, locale: str, wording: str, *, by: str, now: datetime
) -> TextChange | None:
    """Say a sentence in these words from now on; empty, or ours word for word, is ours again.

    Returns None when it is so already. Other processes say it within seconds, this one at once after the commit.
    Raises SentenceNotFound and what `checking.check` refuses.
    """
    sentence = checking.find(catalogue, key, locale)
    words = checking.tidy(wording, sentence.wording[locale])
    after = None if words in ("", sentence.wording[locale]) else words
    _hold(session)
    if after is not None:
        checking.check(catalogue, sentence, locale, after, of(session)[locale])
    return _put(session, key, locale, after, by=by, now=now)


def undo(session: Session, catalogue: Catalogue, change_id: int, *, by: str, now: datetime) -> TextChange | None:
    """Say again what was said before that change; undoing the undoing brings it back.

    Raises TextChangeNotFound; RewordedSince when the sentence has other words by now; what `save` raises.
    """
    change = session.get(TextChange, change_id)
    if change is None:
        raise TextChangeNotFound(str(change_id))
    _hold(session)
    kept = find(session, change.key, change.locale)
    if (kept.wording if kept else None) not in (change.after, change.before):
        raise RewordedSince(str(change_id))
    return save(session, catalogue, change.key, change.locale, change.before or "", by=by, now=now)


def list_changes(
    session: Session, *, key: str | None = None, before: int | None = None, limit: int = 20
) -> Sequence[TextChange]:
    """A page of changes, newest first, of one sentence or of all; `before` is the last id of the page before."""
    query = select(TextChange).order_by(TextChange.id.desc()).limit(limit)
    if key is not None:
        query = query.where(TextChange.key == key)
    return session.scalars(query if before is None else query.where(TextChange.id < before)).all()


def _hold(session: Session) -> None:
    """One change at a time: titles of buttons are compared with each other. Nobody who sends waits for it."""
    session.execute(select(ShopChoice.id).with_for_update(key_share=True))


def _put(session: Session, key: str, locale: str, after: str | None, *, by: str, now: datetime) -> TextChange | None:
    kept = find(session, key, locale)
    before = kept.wording if kept is not None else None
    if before == after:
        return None
    if after is None:
        session.delete(kept)
    elif kept is None:
        session.add(TextOverride(key=key, locale=locale, wording=after, by=by, at=now))
    else:
        kept.wording, kept.by, kept.at = after, by, now
    change = TextChange(key=key, locale=locale, before=before, after=after, by=by, at=now)
    session.add(change)
    session.flush()
    event.listen(session, "after_commit", look_again, once=True)
    return change
