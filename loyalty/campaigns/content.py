"""The text of a campaign: `{{ name }}` or `{{ name | "bạn" }}` in plain words; which fields there are say `fields`.

A text is read once; what a placeholder brings in is put in as it is and never read again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from loyalty.campaigns import fields
from loyalty.campaigns.fields import FIELDS, MESSAGE
from loyalty.errors import RuleViolation
from loyalty.shop import Shop
from loyalty.typed import fold

LONGEST = 1500  # characters as written
TAIL = 180  # kept free for the shop's name and the stop line
FULLEST = min(MESSAGE.values()) - TAIL  # characters with every blank filled as far as it goes
STOP_LINES = {
    "vi": "Nhắn DỪNG nếu không muốn nhận",
    "en": "Reply STOP if you would rather not get these",
}

_PLACEHOLDER = re.compile(r"""\{\{\s*([^\s{}|"“”]*)\s*(?:\|\s*["“]([^"“”{}]{0,60})["”]\s*)?\}\}""")
_STOP = re.compile(r"nhắn\s+\W?dừng\b|\b(?:reply|send|text)\s+\W?stop\b", re.IGNORECASE)


class BadText(RuleViolation):
    """A text whose placeholders are damaged or unknown; `problem` says which.

    `fault` names it for a sentence of one's own: empty, long, full, braces, or unknown with what was `named`.
    """

    code = "campaign_text"

    def __init__(self, problem: str, fault: str, named: str = "") -> None:
        super().__init__(problem, field="text", problem=problem)
        self.problem, self.fault, self.named = problem, fault, named


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Where a value comes in; `fallback` stands in for a missing one."""

    field: str
    fallback: str | None


Template = tuple[str | Placeholder, ...]


@lru_cache(maxsize=256)
def parse(text: str) -> Template:
    """The words and placeholders of a text, in order. Raises BadText."""
    if not text.strip():
        raise BadText("says nothing", "empty")
    if len(text) > LONGEST:
        raise BadText(f"longer than {LONGEST} characters", "long")
    parts: list[str | Placeholder] = []
    end = 0
    for found in _PLACEHOLDER.finditer(text):
        parts += [_words(text[end : found.start()]), _placeholder(found)]
        end = found.end()
    template = (*parts, _words(text[end:]))
    if worst(template) > FULLEST:
        raise BadText(f"longer than {FULLEST} characters once its blanks are filled", "full")
    return template


def worst(template: Template) -> int:
    """Characters at most, whoever it goes to, without the shop's name and the stop line."""
    return sum(len(part) if isinstance(part, str) else _widest(part) for part in template)


def placeholders(template: Template) -> frozenset[str]:
    """The fields it asks for."""
    return frozenset(part.field for part in template if isinstance(part, Placeholder))


def needed(template: Template) -> frozenset[str]:
    """The fields without which somebody cannot be written to."""
    return frozenset(part.field for part in template if isinstance(part, Placeholder) and part.fallback is None)


def missing(template: Template, values: Mapping[str, str | None]) -> str | None:
    """The first field, as one reads, that has neither a value nor a fallback."""
    blanks = (part for part in template if isinstance(part, Placeholder))
    return next((blank.field for blank in blanks if _value(blank, values) is None), None)


def render(template: Template, values: Mapping[str, str | None]) -> str | None:
    """The words with the values in; None when one is missing that has no fallback."""
    filled = [part if isinstance(part, str) else _value(part, values) for part in template]
    return None if None in filled else "".join(part for part in filled if part is not None)


def compose(template: Template, values: Mapping[str, str | None], shop: Shop, locale: str) -> str | None:
    """The whole promotion for one person: with who sends it and how to stop it, unless the text itself says so.

    None when a value is needed and missing.
    """
    body = render(template, values)
    if body is None:
        return None
    words = " ".join(part for part in template if isinstance(part, str))  # a name must not pass for the stop line
    lines = [] if fold.fold(shop.name) in fold.fold(words) else [shop.name]
    lines += [] if _STOP.search(words) else [STOP_LINES[locale]]
    return f"{body.rstrip()}\n\n{' · '.join(lines)}" if lines else body


def _words(text: str) -> str:
    if "{" in text or "}" in text:
        raise BadText('braces stand only around a placeholder: {{ name }} or {{ name | "bạn" }}', "braces")
    return text


def _placeholder(found: re.Match[str]) -> Placeholder:
    field, fallback = found.groups()
    if fields.find(field) is None:
        named = fold.quote(field)
        known = ", ".join(f"{{{{ {each} }}}}" for each in FIELDS)
        raise BadText(f"knows no {{{{ {named} }}}}; there is {known}", "unknown", named)
    return Placeholder(field, fallback)


def _value(placeholder: Placeholder, values: Mapping[str, str | None]) -> str | None:
    """On one line, without controls and marks of direction; what would be of no use cut is missing when too long."""
    field = _declared(placeholder)
    value = fold.quote(values.get(placeholder.field) or "", LONGEST if field.whole else field.longest)
    return (value if len(value) <= field.longest else "") or placeholder.fallback


def _widest(placeholder: Placeholder) -> int:
    return max(_declared(placeholder).longest, len(placeholder.fallback or ""))


def _declared(placeholder: Placeholder) -> fields.Field:
    found = fields.find(placeholder.field)
    assert found is not None, placeholder.field
    return found
