"""The words of questions (questions.toml): topics, what is said around them, chat spelling."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

from bots.commands.words import Word, split

STRICT = frozenset({"stop", "resume"})


@dataclass(frozen=True, slots=True)
class Topic:
    """What one may ask about: sets of words that ask for it, and all the words that may stand beside."""

    name: str
    cores: tuple[frozenset[str], ...]
    known: frozenset[str]
    never: tuple[frozenset[str], ...]
    is_strict: bool  # changes something: no slip is forgiven


@dataclass(frozen=True, slots=True)
class Lexicon:
    topics: tuple[Topic, ...]
    fillers: frozenset[str]
    strange: frozenset[str]
    others: Mapping[str, tuple[Word, ...]]  # whose points, or what, are not the writer's or the shop's
    turns: re.Pattern[str]  # of the folded text, that make it another sentence
    unwished: re.Pattern[str]  # of the folded text: what is named is not wanted
    spelling: Mapping[Word, tuple[Word, ...]]
    alike: Mapping[str, tuple[tuple[Word, str], ...]]  # the known words by their bare letters


@cache
def lexicon() -> Lexicon:
    document = tomllib.loads((Path(__file__).parent / "questions.toml").read_text(encoding="utf-8"))
    fillers = _names(document.pop("fillers")["words"])
    strange = document.pop("strange")
    foreign = _names(strange["words"])
    others = {word.bare: (word,) for word in (split(name)[0] for name in sorted(_names(strange["others"])))}
    turns, unwished = re.compile(rf"\b(?:{strange['turns']})\b"), re.compile(strange["unwished"])
    spelling = _spelling(document.pop("spelling")["words"])
    topics = tuple(_topic(name, table, fillers) for name, table in document.items())
    alike: dict[str, list[tuple[Word, str]]] = {}
    for name in sorted(frozenset().union(fillers, foreign, *(topic.known.union(*topic.never) for topic in topics))):
        word = split(name)[0]
        alike.setdefault(word.bare, []).append((word, name))
    known = {bare: tuple(words) for bare, words in alike.items()}
    return Lexicon(topics, fillers, foreign, others, turns, unwished, spelling, known)


def _topic(name: str, table: Mapping[str, str], fillers: frozenset[str]) -> Topic:
    cores = tuple(_sets(table["core"]))
    known = frozenset().union(fillers, _names(table["words"]), *cores)
    return Topic(name, cores, known, tuple(_sets(table["never"])), name in STRICT)


def _sets(text: str) -> Iterator[frozenset[str]]:
    return (frozenset(part.split()) for part in _parts(text))


def _names(text: str) -> frozenset[str]:
    return frozenset(chain.from_iterable(part.split() for part in _parts(text)))


def _spelling(text: str) -> dict[Word, tuple[Word, ...]]:
    pairs = (part.partition("=") for part in _parts(text))
    return {split(typed)[0]: split(meant) for typed, _, meant in pairs}


def _parts(text: str) -> Iterable[str]:
    return (part.strip() for line in text.splitlines() for part in line.split("|") if part.strip())
