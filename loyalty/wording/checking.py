"""Whether a wording may stand in a sentence's place. What is wrong is said so that whoever wrote it can mend it."""

import re
import unicodedata
from collections.abc import Mapping

from loyalty.errors import NotFound, RuleViolation
from loyalty.typed import fold
from loyalty.wording.catalogue import LOCALES, PLACE, Catalogue, Sentence

BRACED = re.compile(r"\{[^{}\n]*\}|[{}]")
BLANKS = re.compile(r"\{\s*([a-z_]+)\s*\}")
HIDDEN = frozenset({"Cc", "Cs", "Co", "Cn"})  # controls, halves of signs, signs of nobody
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # they show text backwards
LONGEST_QUOTE = 30


class SentenceNotFound(NotFound):
    """There is no such sentence, or not in that language."""

    code = "sentence_not_found"


class StrangeSign(RuleViolation):
    """The wording holds something nobody sees."""

    code = "strange_sign"


class TitleBreaks(RuleViolation):
    """The title of a button has more than one line."""

    code = "title_breaks"


class UnknownPlace(RuleViolation):
    """`{typed}` is no place of this sentence."""

    code = "unknown_place"

    def __init__(self, typed: str, allowed: list[str]) -> None:
        super().__init__(f"no place {typed}", typed=typed, allowed=allowed)


class PlaceMissing(RuleViolation):
    """Something went that the sentence is there for."""

    code = "place_missing"

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"lacks {missing}", missing=missing)


class WordingTooLong(RuleViolation):
    """With its places filled it may become longer than a platform takes."""

    code = "wording_too_long"

    def __init__(self, counted: int, longest: int) -> None:
        super().__init__(f"{counted} of {longest} characters", counted=counted, longest=longest)


class TitleTaken(RuleViolation):
    """Another button says the same."""

    code = "title_taken"

    def __init__(self, title: str) -> None:
        super().__init__("another button says so", title=title)


def find(catalogue: Catalogue, key: str, locale: str) -> Sentence:
    """The sentence. Raises SentenceNotFound."""
    if locale not in LOCALES or key not in catalogue.sentences:
        raise SentenceNotFound(key)
    return catalogue.sentences[key]


def tidy(wording: str, ours: str) -> str:
    """As it is kept: NFC, one kind of line end, `{ points }` as `{points}`; blank ends are those of our wording.

    A part of a sentence begins with the blank that parts it from the rest.
    """
    lines = unicodedata.normalize("NFC", wording.replace("\r\n", "\n").replace("\r", "\n")).strip().split("\n")
    words = BLANKS.sub(r"{\1}", "\n".join(line.rstrip() for line in lines))
    if not words:
        return ""
    return ours[: len(ours) - len(ours.lstrip())] + words + ours[len(ours.rstrip()) :]


def check(catalogue: Catalogue, sentence: Sentence, locale: str, wording: str, own: Mapping[str, str]) -> None:
    """`wording` is tidy and not empty; `own` are the sentences of this language in the shop's words, by key.

    Raises StrangeSign, TitleBreaks, UnknownPlace, PlaceMissing, WordingTooLong, TitleTaken.
    """
    if any(_is_hidden(char) for char in wording):
        raise StrangeSign(sentence.key)
    if sentence.is_title and "\n" in wording:
        raise TitleBreaks(sentence.key)
    _check_places(sentence, locale, wording)
    if (counted := sentence.at_most(wording)) > sentence.longest:
        raise WordingTooLong(counted, sentence.longest)
    if sentence.is_title:
        _check_title(catalogue, sentence, locale, wording, own)


def _is_hidden(char: str) -> bool:
    return char in TURNING or (unicodedata.category(char) in HIDDEN and char != "\n")


def _check_places(sentence: Sentence, locale: str, wording: str) -> None:
    allowed = [f"{{{place.name}}}" for place in sentence.places]
    for found in BRACED.findall(wording):
        if not (PLACE.fullmatch(found) and found in allowed):
            raise UnknownPlace(fold.quote(found, LONGEST_QUOTE), allowed)
    said = wording.casefold()
    if missing := [part for part in sentence.kept[locale] if part.casefold() not in said]:
        raise PlaceMissing(missing)


def _check_title(catalogue: Catalogue, sentence: Sentence, locale: str, wording: str, own: Mapping[str, str]) -> None:
    for other in catalogue.titles:
        title = own.get(other.key, other.wording[locale])
        if other.key != sentence.key and fold.fold(title) == fold.fold(wording):
            raise TitleTaken(title)
