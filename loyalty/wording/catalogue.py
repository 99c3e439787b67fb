"""The sentences there are: whoever speaks hands them in, with what each place means and what must not be lost."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from loyalty.words import Both

PLACE = re.compile(r"\{([a-z_]+)\}")
COMMAND = re.compile(r"/[a-z]+ \{[a-z_]+\}")  # `/huy {number}`: the way back, written in full
LOCALES = ("vi", "en")
LONGEST_TEXT = 1900  # characters of one message, every place filled: both platforms take 2,000
LONGEST_TITLE = 20  # characters of a button: what Messenger shows (quick replies, developers.facebook.com, 2026-11)


@dataclass(frozen=True, slots=True)
class Place:
    """What is put into `{name}`: its meaning, an example of it, and how long it may well get (characters)."""

    name: str
    meaning: Both
    example: Both
    longest: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. By language: our `wording`, and the `kept` parts a rewording must hold as well."""

    key: str
    wording: Mapping[str, str]
    places: tuple[Place, ...]
    kept: Mapping[str, tuple[str, ...]]
    is_title: bool

    @property
    def situation(self) -> str:
        """Where it is said: the first part of its key."""
        return self.key.partition(".")[0]

    @property
    def longest(self) -> int:
        return LONGEST_TITLE if self.is_title else LONGEST_TEXT

    def filled(self, wording: str, locale: str) -> str:
        """A wording as a customer may read it, with the examples in its places; unknown places stay as they are."""
        examples = {place.name: place.example.in_(locale) for place in self.places}
        return PLACE.sub(lambda found: examples.get(found[1], found[0]), wording)

    def at_most(self, wording: str) -> int:
        """How long a wording may well get, in characters."""
        longest = {place.name: place.longest for place in self.places}
        return len(PLACE.sub("", wording)) + sum(longest.get(name, 0) for name in PLACE.findall(wording))


@dataclass(frozen=True)
class Catalogue:
    """Every sentence by its key, and the names of the situations, in their order."""

    sentences: Mapping[str, Sentence] = field(default_factory=dict)
    situations: Mapping[str, Both] = field(default_factory=dict)

    @classmethod
    def of(cls, wordings: Mapping[str, Mapping[str, str]], guide: Mapping[str, Any]) -> Self:
        """`wordings` by language and key; `guide` as texts/guide.toml explains itself. Raises KeyError for a gap."""
        places = {name: _place(name, row) for name, row in guide["place"].items()}
        sentences = (_sentence(key, wordings, places, guide) for key in wordings[LOCALES[0]])
        return cls(
            {each.key: each for each in sentences}, {name: Both(*row) for name, row in guide["situation"].items()}
        )

    @cached_property
    def titles(self) -> Sequence[Sentence]:
        """Titles of buttons, which may stand beside each other."""
        return [each for each in self.sentences.values() if each.is_title]


def _place(name: str, row: Sequence[Any]) -> Place:
    meaning_vi, meaning_en, example_vi, example_en, longest = row
    return Place(name, Both(meaning_vi, meaning_en), Both(example_vi, example_en), longest)


def _sentence(
    key: str, wordings: Mapping[str, Mapping[str, str]], places: Mapping[str, Place], guide: Mapping[str, Any]
) -> Sentence:
    ours = {locale: wordings[locale][key] for locale in LOCALES}
    names = dict.fromkeys(PLACE.findall(ours[LOCALES[0]]))
    shown = guide["example"].get(key, {})
    if unexplained := [name for name in names if name not in places]:
        raise KeyError(f"the guide says nothing of the places {unexplained} of {key}")
    found = tuple(_shown_as(places[name], shown.get(name)) for name in names)
    kept = {locale: tuple(dict.fromkeys(_kept(key, ours[locale], locale, guide))) for locale in LOCALES}
    return Sentence(key, ours, found, kept, is_title=key.startswith("button.") or key in guide["titles"])


def _shown_as(place: Place, example: str | None) -> Place:
    return place if example is None else Place(place.name, place.meaning, Both(example, example), place.longest)


def _kept(key: str, ours: str, locale: str, guide: Mapping[str, Any]) -> Iterator[str]:
    """What a rewording must hold: orders with their number, places that are the message, and what the guide names."""
    yield from COMMAND.findall(ours)
    is_frame = not any(char.isalpha() for char in PLACE.sub("", ours))
    names = PLACE.findall(ours)
    inside = " ".join(COMMAND.findall(ours))
    for name in names:
        if (is_frame or name in guide["always"]) and f"{{{name}}}" not in inside:
            yield f"{{{name}}}"
    named = guide["keep"].get(key, ())
    yield from named[locale] if isinstance(named, Mapping) else named
