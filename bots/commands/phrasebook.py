"""The phrases of commands by their words, and the words of courtesy that may stand around them (phrases.toml)."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from bots.commands import STAFF, Audience, Command, registry
from bots.commands.words import Word, is_word, split
from bots.texts import LOCALES

LONGEST_FILLER = 4  # words
TIER = "{tier}"  # in a phrase
TOO_BARE = frozenset({"co", "bac", "chau", "chu"})  # without its mark it may be another word: «có», «bạc»
Bare = tuple[str, ...]
Fillers = Mapping[Bare, Sequence[tuple[Word, ...]]]  # words that may stand around a command


class Phrase(NamedTuple):
    words: tuple[Word, ...]
    command: Command
    args: str
    locale: str


class Book(NamedTuple):
    """The phrases of one audience by their bare words."""

    phrases: Mapping[Bare, Sequence[Phrase]]
    courtesy: Fillers
    asking: Fillers  # and courtesy
    bother: Fillers  # and courtesy
    greetings: Fillers
    thanks: Fillers
    loans: frozenset[Bare]


def matches(typed: Sequence[Word], wanted: Sequence[Word]) -> bool:
    """Whether typed words are these words: alike, or with tone marks left out. A tone that was typed counts."""
    return len(typed) == len(wanted) and all(map(is_word, typed, wanted))


def look_up(words: Sequence[Word], book: Book) -> Phrase | None:
    alike = book.phrases.get(bare(words), ())
    return next((phrase for phrase in alike if matches(words, phrase.words)), None)


def without(words: Sequence[Word], fillers: Fillers) -> tuple[Word, ...]:
    """The words left when fillers are taken out, longest first."""
    left: list[Word] = []
    position = 0
    while position < len(words):
        taken = filler_at(words[position : position + LONGEST_FILLER], fillers)
        left.extend(words[position : position + (not taken)])
        position += taken or 1
    return tuple(left)


def filler_at(words: Sequence[Word], fillers: Fillers) -> int:
    """How many of these words, from the first on, are one filler."""
    if words and not words[0].tone and words[0].letters in TOO_BARE:
        return 0
    for length in range(len(words), 0, -1):
        if any(matches(words[:length], filler) for filler in fillers.get(bare(words[:length]), ())):
            return length
    return 0


def bare(words: Sequence[Word]) -> Bare:
    return tuple(word.bare for word in words)


@cache
def book_of(audience: Audience) -> Book:
    document = tomllib.loads((Path(__file__).parent / "phrases.toml").read_text(encoding="utf-8"))
    polite = document["courtesy"]["words"] + "|".join(_calls(document["called"]))
    courtesy = _fillers(polite)
    asking = _fillers(f"{document['asking']['words']}|{polite}")
    tiers = _parts(document["tiers"]["words"])
    phrases: dict[Bare, list[Phrase]] = {}
    for command in registry().values():
        if command.audience is audience:
            tables = document["slash"] if audience is STAFF else document
            for phrase in _phrases_of(command, tables.get(command.key, {}), tiers):
                for words in _forms(phrase, courtesy, asking):
                    phrases.setdefault(bare(words), []).append(phrase._replace(words=words))
    loans = frozenset(map(bare, _listed(document["loans"]["words"])))
    thanks = _fillers("|".join(words for words in document["thanks"].values()))
    bother = _fillers(f"{document['bother']['words']}|{document['courtesy']['words']}")
    return Book(phrases, courtesy, asking, bother, _fillers(document["greeting"]["words"]), thanks, loans)


def _calls(called: Mapping[str, str]) -> Iterator[str]:
    """«nhé bạn», «đi ad»: a particle and whom it is said to."""
    return (f"{particle} {name}" for particle in _parts(called["after"]) for name in _parts(called["words"]))


def _fillers(text: str) -> Fillers:
    fillers: dict[Bare, list[tuple[Word, ...]]] = {}
    for words in _listed(text):
        assert len(words) <= LONGEST_FILLER
        fillers.setdefault(bare(words), []).append(words)
    return fillers


def _phrases_of(command: Command, table: Mapping[str, Any], tiers: Sequence[str]) -> Iterator[Phrase]:
    """Its names, then what the book has under its English name.

    A table inside carries its name as arguments, and after it the tier a phrase names.
    """
    yield Phrase(split(command.spelling), command, "", "vi")
    yield Phrase(split(command.key), command, "", "en")
    tables = {"": table} | {name: value for name, value in table.items() if isinstance(value, dict)}
    for args, listed in tables.items():
        for locale in LOCALES:
            for phrase, name in _spelt(listed.get(locale, ""), tiers):
                yield Phrase(split(phrase), command, f"{args} {name}".strip(), locale)


def _spelt(text: str, tiers: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each phrase; one with a place for a tier once with every name, and that name."""
    for phrase in _parts(text):
        yield from [(phrase.replace(TIER, name), name) for name in tiers] if TIER in phrase else [(phrase, "")]


def _forms(phrase: Phrase, courtesy: Fillers, asking: Fillers) -> Iterable[tuple[Word, ...]]:
    """A phrase as it is; written together, as hashtags are; and what is left of it when fillers are taken out."""
    fillers = (courtesy, asking) if phrase.command.is_loose else (courtesy,)
    together = "".join(bare(phrase.words))
    forms = [phrase.words, (Word(together, together, ""),), *(without(phrase.words, kind) for kind in fillers)]
    return {words: None for words in forms if words}


def _listed(text: str) -> Iterator[tuple[Word, ...]]:
    return (split(part) for part in _parts(text))


def _parts(text: str) -> list[str]:
    return [part for line in text.splitlines() for part in line.split("|") if part.strip()]
