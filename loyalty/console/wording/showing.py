"""What the pages of wording show: a preview, the places with examples, what was changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from loyalty.console.desk import Desk
from loyalty.console.wording.here import catalogue
from loyalty.errors import LoyaltyError
from loyalty.wording import checking, overrides
from loyalty.wording.catalogue import Sentence
from loyalty.wording.checking import UnknownPlace
from loyalty.wording.models import TextChange
from loyalty.words import Both

LONGEST = 90  # characters of a sentence in a list of changes
LANGUAGES = {"vi": Both("Tiếng Việt", "Vietnamese"), "en": Both("Tiếng Anh", "English")}


@dataclass(frozen=True, slots=True)
class Preview:
    """A wording as it will be read, how long it may get, and what is wrong with it."""

    locale: str
    text: str
    counted: int
    longest: int
    is_title: bool
    wrong: str


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what was changed; `url` takes it back."""

    key: str
    language: str
    before: str
    after: str
    who: str
    at: datetime
    url: str


def preview(desk: Desk, sentence: Sentence, locale: str, typed: str) -> Preview:
    """What somebody typed, as a customer would read it; nothing typed is ours."""
    ours = sentence.wording[locale]
    words = checking.tidy(typed, ours) or ours
    return Preview(
        locale,
        sentence.filled(words, locale).strip(),
        sentence.at_most(words),
        sentence.longest,
        sentence.is_title,
        _wrong(desk, sentence, locale, words) if words != ours else "",
    )


def _wrong(desk: Desk, sentence: Sentence, locale: str, words: str) -> str:
    try:
        checking.check(catalogue(desk), sentence, locale, words, overrides.of(desk.session)[locale])
    except LoyaltyError as refused:
        return explain(desk, refused)
    return ""


def explain(desk: Desk, refused: LoyaltyError) -> str:
    """A refusal as a sentence."""
    if isinstance(refused, UnknownPlace) and not refused.facts["allowed"]:
        return desk.known["no_places"].in_(desk.locale, typed=refused.facts["typed"])
    return desk.sentence(refused)


def changes(desk: Desk, found: Sequence[TextChange]) -> list[Change]:
    """Changes with the way back of each."""
    return [
        Change(
            change.key,
            LANGUAGES[change.locale].in_(desk.locale),
            _shown(desk, change.before),
            _shown(desk, change.after),
            desk.name_of(change.by),
            change.at,
            url_for("console.wording.undo", number=change.id),
        )
        for change in found
    ]


def _shown(desk: Desk, wording: str | None) -> str:
    if wording is None:
        return desk.t("câu mặc định", "our wording")
    line = " ".join(wording.split())
    return f"«{line if len(line) <= LONGEST else line[: LONGEST - 1] + '…'}»"
