"""Approved message templates: what the page has, and one of them filled in (Meta's utility messages, March 2026)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bots.channel import Action, Parameter, PlatformTemplate, SendError, Template
from bots.strict_json import clean

BLANK = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,64})\s*\}\}")
VALUE_LIMIT = 1024  # characters of one value; the body of a template has no more
PAYLOAD_LIMIT = 1000  # characters of what tapping a button says
GAP = re.compile(r"\s*[\r\n\t]\s*| {4,}")  # not allowed within a value: Meta rejects it
STATUSES = {"APPROVED": "enabled", "PENDING": "pending", "IN_APPEAL": "pending", "REJECTED": "rejected"}
TEXTS = ("HEADER", "BODY")


@dataclass(frozen=True, slots=True)
class Blank:
    """One place to fill: of which component, by which name in the text, and which button of them (None: not one)."""

    component: str  # header, body, buttons
    name: str  # "1", "points"
    button: str = ""  # URL, POSTBACK


@dataclass(frozen=True, slots=True)
class Listed:
    """A template as Graph lists it, with its blanks in order. `is_named`: its texts name their blanks."""

    told: PlatformTemplate
    language: str
    blanks: tuple[Blank, ...]
    is_named: bool


def read(row: Any) -> Listed | None:
    """One element of `GET /{page}/message_templates`; None for what is none."""
    fields = row if isinstance(row, dict) else {}
    name, language = clean(fields.get("name"))[:512], clean(fields.get("language"))[:16]
    if not name or not language:
        return None
    components = fields.get("components")
    blanks = tuple(_blanks(components if isinstance(components, list) else []))
    status, category = clean(fields.get("status")).upper(), clean(fields.get("category")).lower()
    told = PlatformTemplate(
        name=name,
        title=name.replace("_", " "),
        locale=language.partition("_")[0].lower(),
        status=STATUSES.get(status, "disabled"),
        tag=category or "utility",
        parameters=[Parameter(key(blank), longest=_longest(blank)) for blank in blanks],
    )
    return Listed(told, language, blanks, any(not blank.name.isdigit() for blank in blanks if not blank.button))


def key(blank: Blank) -> str:
    """What the value of a blank is called: as in the text, with the component before it where that is not the body."""
    return blank.name if blank.component == "body" else f"{blank.component.removesuffix('s')}_{blank.name}"


def fill(listed: Listed | None, template: Template) -> dict[str, Any]:
    """The `template` object of a message. Values go by the name of their blank, else in the order they are given.

    Without `listed` (the platform did not tell) all are taken for the body's. Raises SendError (content), naming what
    is wrong, before anything is asked of the platform.
    """
    blanks = listed.blanks if listed is not None else tuple(Blank("body", name) for name in template.values)
    if listed is not None and listed.told.status != "enabled":
        raise _unfit(f"the template {template.name} is {listed.told.status}")
    if len(template.values) != len(blanks):
        raise _unfit(f"the template {template.name} has {len(blanks)} blanks, {len(template.values)} values were given")
    names = [key(blank) for blank in blanks]
    by_name = set(names) == set(template.values)
    values = [template.values[name] for name in names] if by_name else list(template.values.values())
    filled = [(blank, _value(blank, value)) for blank, value in zip(blanks, values, strict=True)]
    is_named = listed.is_named if listed is not None else any(not name.isdigit() for name in names)
    parts = (_component(name, filled, is_named) for name in ("header", "body", "buttons"))
    language = listed.language if listed is not None else template.locale
    return {
        "name": template.name,
        "language": {"code": language},
        "components": [part for part in parts if part is not None],
    }


def _blanks(components: list[Any]) -> Iterable[Blank]:
    for component in components:
        fields = component if isinstance(component, dict) else {}
        kind = str(fields.get("type", "")).upper()
        if kind in TEXTS and isinstance(fields.get("text"), str):
            names = dict.fromkeys(BLANK.findall(fields["text"]))  # a blank used twice is one
            yield from (Blank(kind.lower(), name) for name in names)
        elif kind == "BUTTONS" and isinstance(fields.get("buttons"), list):
            for number, button in enumerate(fields["buttons"], 1):
                given = button if isinstance(button, dict) else {}
                told = f"{given.get('url', '')} {given.get('payload', '')}"
                if BLANK.search(told):
                    yield Blank("buttons", str(number), str(given.get("type", "")).upper())


def _component(name: str, filled: list[tuple[Blank, str]], is_named: bool) -> dict[str, Any] | None:
    mine = [_parameter(blank, value, is_named) for blank, value in filled if blank.component == name]
    return {"type": name, "parameters": mine} if mine else None


def _parameter(blank: Blank, value: str, is_named: bool) -> dict[str, str]:
    if blank.component == "buttons":
        return {"type": blank.button, "payload": value} if blank.button == "POSTBACK" else {"type": "URL", "url": value}
    named = {"parameter_name": blank.name} if is_named else {}
    return {"type": "text", **named, "text": value}


def _value(blank: Blank, value: str) -> str:
    """A value as Meta takes it: one line, not empty, not endless."""
    fitting = GAP.sub(" ", clean(value)).strip()
    if not fitting or len(fitting) > _longest(blank):
        raise _unfit(f"the value of {key(blank)} has {len(fitting)} characters, 1 to {_longest(blank)} fit")
    return fitting


def _longest(blank: Blank) -> int:
    return PAYLOAD_LIMIT if blank.component == "buttons" else VALUE_LIMIT


def _unfit(why: str) -> SendError:
    return SendError(Action.CONTENT, "template", why)


def choose(found: Mapping[tuple[str, str], Listed], template: Template) -> Listed | None:
    """The one of that name in that language, `vi` standing for `vi_VN` too."""
    exact = found.get((template.name, template.locale))
    rough = (each for (name, _), each in found.items() if name == template.name and each.told.locale == template.locale)
    return exact or next(rough, None)
