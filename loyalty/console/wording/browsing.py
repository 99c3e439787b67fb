"""Finding a sentence: by situation, by any words of it, or among those that were reworded."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flask import url_for

from loyalty.console.desk import Desk
from loyalty.console.section import Answer
from loyalty.console.wording import showing
from loyalty.console.wording.here import catalogue, section
from loyalty.shop import Wordings
from loyalty.staff.permissions import Right
from loyalty.typed import fold
from loyalty.wording import overrides
from loyalty.wording.catalogue import LOCALES, Catalogue, Sentence
from loyalty.words import Both

MOST_FOUND = 60
CHANGES = 10


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence in the list, as it is said now."""

    key: str
    said: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """A group of sentences; without rows it is only counted."""

    name: str
    title: str
    count: int
    own: int
    rows: tuple[Row, ...] = ()


@section.get("/settings/wording", right=Right.SETTINGS)
def index(desk: Desk) -> Answer:
    """The situations; or the sentences with these words (`q`), of one situation (`in`), reworded (`own`)."""
    known, own = catalogue(desk), overrides.of(desk.session)
    typed, within = desk.args.get("q", "").strip(), desk.args.get("in", "")
    only_own = bool(desk.args.get("own"))
    is_narrow = bool(typed or within or only_own)
    among = [
        each
        for each in known.sentences.values()
        if (not within or each.situation == within) and (not only_own or _is_own(each, own))
    ]
    chosen = _search(among, typed, own) if typed else among
    shown = chosen[:MOST_FOUND] if typed else chosen
    return desk.render(
        "wording/index.html",
        typed=typed,
        within=within,
        only_own=only_own,
        is_narrow=is_narrow,
        groups=list(_grouped(desk, known, shown if is_narrow else known.sentences.values(), own, rows=is_narrow)),
        left_out=len(chosen) - len(shown),
        own_count=sum(_is_own(each, own) for each in known.sentences.values()),
        changes=showing.changes(desk, overrides.list_changes(desk.session, limit=CHANGES)),
        here=url_for(".index"),
    )


def _grouped(
    desk: Desk, known: Catalogue, sentences: Iterable[Sentence], own: Wordings, *, rows: bool
) -> Iterator[Situation]:
    """The situations these sentences belong to, in the order of the catalogue."""
    groups: dict[str, list[Sentence]] = {name: [] for name in known.situations}
    for each in sentences:
        groups.setdefault(each.situation, []).append(each)
    for name, members in groups.items():
        if members:
            title = known.situations.get(name, Both(name, name)).in_(desk.locale)
            shown = tuple(_row(desk, each, own) for each in members) if rows else ()
            yield Situation(name, title, len(members), sum(_is_own(each, own) for each in members), shown)


def _row(desk: Desk, sentence: Sentence, own: Wordings) -> Row:
    said = own[desk.locale].get(sentence.key) or sentence.wording[desk.locale]
    return Row(sentence.key, sentence.filled(said, desk.locale).strip(), _is_own(sentence, own))


def _is_own(sentence: Sentence, own: Wordings) -> bool:
    return any(sentence.key in own[locale] for locale in LOCALES)


def _search(sentences: Sequence[Sentence], typed: str, own: Wordings) -> list[Sentence]:
    """Those that hold the words as typed, accents aside; where none does, those in which all of them begin a word."""
    said = {each.key: _forms(each, own) for each in sentences}
    wanted = fold.fold(typed)
    if exact := [each for each in sentences if f" {wanted}" in said[each.key]]:
        return exact
    return [each for each in sentences if all(f" {word}" in said[each.key] for word in fold.tokens(typed) or [wanted])]


def _forms(sentence: Sentence, own: Wordings) -> str:
    """Its key and everything it says or may say, folded; a blank stands before each word."""
    said = [sentence.key]
    for locale in LOCALES:
        for wording in (sentence.wording[locale], own[locale].get(sentence.key, "")):
            said += [wording, sentence.filled(wording, locale)]
    folded = fold.fold(" ".join(said))
    return f" {folded} {' '.join(fold.tokens(folded))}"
