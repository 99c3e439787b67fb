"""A journey as a form: what stands in its fields, changed by one button, and the plan it says.

A step's controls are called `s.0.text`, a trigger's `t.birthday.days_before`. What is half filled in is kept as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from loyalty.campaigns.terms import MOST_BUDGET
from loyalty.console.journeys import mails
from loyalty.journeys import reading, steps, triggers

DOES = ("send", "wait", "hours", "until", "branch", "stop")
PARTS = ("text", "days", "hours", "at", "on", "if", "segment", "then", "else", "more", *mails.PARTS)
NUMBERS = frozenset({"days_before", "days", "least", "hours"})
LONGEST = 2_000  # characters of one field
AGAIN = ("never", "yearly", "days")
BLANK: Mapping[str, Mapping[str, str]] = {
    "send": {"text": ""},
    "wait": {"days": "3", "at": "10:00"},
    "hours": {"hours": "4"},
    "until": {"on": "", "at": "09:00"},
    "branch": {"if": "bought", "then": "stop", "else": "on"},
    "stop": {},
}
FIRST: Mapping[str, Mapping[str, str]] = {
    "welcome": {"on": "consent"},
    "birthday": {"days_before": "3"},
    "tier_up": {"tier": ""},
    "tier_falling": {"days": "14"},
    "points_expiring": {"days": "7", "least": "20"},
    "away": {"times": "2"},
    "purchase": {"days": "3", "sku": "", "category": "", "first": ""},
    "segment": {"segment": ""},
}

StepFields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """`triggers` holds the fields of every kind, so that changing one's mind forgets nothing."""

    name: str = ""
    segment: str = ""
    kind: str = "birthday"
    triggers: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: dict(FIRST))
    steps: Sequence[StepFields] = ({"do": "send", **BLANK["send"]},)
    again: str = "never"
    again_days: str = "90"
    leaves: bool = False
    budget: str = ""  # whole ₫; empty: as the month allows


def read(sent: MultiDict[str, str]) -> Sheet:
    """What a form holds; whatever is strange about it is left out."""

    def text(name: str, default: str = "") -> str:
        return sent.get(name, default)[:LONGEST].replace("\r\n", "\n")

    told = {
        kind: {name: text(f"t.{kind}.{name}", default) for name, default in fields.items()}
        for kind, fields in FIRST.items()
    }
    if "kind" in sent and "t.purchase.first" not in sent:
        told["purchase"] = {**told["purchase"], "first": ""}
    found: list[StepFields] = []
    while (does := sent.get(f"s.{len(found)}.do")) is not None and len(found) < steps.MOST:
        place, does = len(found), does if does in DOES else "stop"
        found.append({"do": does, **{part: text(f"s.{place}.{part}") for part in PARTS}})
    return Sheet(
        text("name").strip(),
        text("segment"),
        text("kind") if text("kind") in FIRST else "birthday",
        told,
        found,
        text("again") if text("again") in AGAIN else "never",
        text("again_days"),
        "leaves" in sent,
        text("budget"),
    )


def of_plan(name: str, segment: str, plan: Mapping[str, Any], budget: int | None = None) -> Sheet:
    """A plan that was kept, as it stands in the form."""
    trigger, again = plan["trigger"], plan.get("again", "never")
    told = {kind: dict(fields) for kind, fields in FIRST.items()}
    kind = trigger["kind"]
    told[kind] |= {part: _shown(value) for part, value in trigger.items() if part != "kind"}
    return Sheet(
        name,
        segment,
        kind,
        told,
        [_step(each) for each in plan["steps"]],
        "days" if isinstance(again, int) else again,
        str(again) if isinstance(again, int) else "90",
        plan.get("leave_when_bought", False),
        "" if budget is None else str(budget),
    )


def plan_of(sheet: Sheet) -> dict[str, Any]:
    """The plan a form says, to be checked by `plans.parse`."""
    told = sheet.triggers[sheet.kind]
    trigger: dict[str, Any] = {"kind": sheet.kind}
    for name in triggers.FIELDS[sheet.kind]:
        value = told.get(name, "").strip()
        if name == "first":
            trigger[name] = bool(value)
        elif value:
            trigger[name] = _times(value) if name == "times" else mails.number(value) if name in NUMBERS else value
        elif name in NUMBERS or name in ("times", "segment"):
            trigger[name] = value
    return {
        "trigger": trigger,
        "steps": [_written(step) for step in sheet.steps],
        "again": mails.number(sheet.again_days) if sheet.again == "days" else sheet.again,
        "leave_when_bought": sheet.leaves,
    }


def budget_of(sheet: Sheet) -> int | None:
    """Whole ₫. Raises BadPlan."""
    if not sheet.budget.strip():
        return None
    return reading.whole(mails.amount(sheet.budget), "budget", 0, MOST_BUDGET)


def change(sheet: Sheet, act: str) -> Sheet:
    """The form after a button: `add:send`, `up:2`, `down:2`, `remove:2`, `more:2`; anything else changes nothing."""
    word, _, which = act.partition(":")
    kept = list(range(len(sheet.steps)))
    if word == "add" and which in DOES and len(kept) < steps.MOST:
        return replace(sheet, steps=[*sheet.steps, {"do": which, **BLANK[which]}])
    place = int(which) if which.isascii() and which.isdigit() and len(which) < 3 else -1
    if not 0 <= place < len(kept):
        return sheet
    if word == "more":
        opened = {**sheet.steps[place], "more": "1"}
        return replace(sheet, steps=[opened if at == place else step for at, step in enumerate(sheet.steps)])
    if word == "remove":
        kept.pop(place)
    elif word in ("up", "down"):
        other = place + (1 if word == "down" else -1)
        if 0 <= other < len(kept):
            kept[place], kept[other] = kept[other], kept[place]
    if kept == list(range(len(sheet.steps))):
        return sheet
    return replace(sheet, steps=_rearranged(sheet.steps, kept))


def _rearranged(before: Sequence[StepFields], kept: Sequence[int]) -> list[StepFields]:
    """Steps in another order: a branch still leads to the step it led to, if that still comes later."""
    moved = {old: new for new, old in enumerate(kept)}

    def goal(text: str, place: int) -> str:
        old = int(text) - 1 if text.isascii() and text.isdigit() and len(text) < 3 else None
        if old is None:
            return text
        return str(moved[old] + 1) if moved.get(old, -1) > place else "on"

    return [
        {**before[old], **{end: goal(before[old].get(end, ""), new) for end in ("then", "else")}}
        for new, old in enumerate(kept)
    ]


def _written(fields: StepFields) -> dict[str, Any]:
    does = fields["do"]
    told = {part: value for part in PARTS if (value := fields.get(part, "").strip())}
    match does:
        case "send":
            return mails.written(told)
        case "wait":
            at = {"at": told["at"][:5]} if "at" in told else {}
            return {"do": "wait", "days": mails.number(told.get("days", "0")), **at}
        case "hours":
            return {"do": "wait", "hours": mails.number(told.get("hours", ""))}
        case "until":
            return {"do": "until", "on": told.get("on", ""), "at": told.get("at", "09:00")[:5]}
        case "branch":
            ends = {end: mails.number(told.get(end, "on")) for end in ("then", "else")}
            named = {"segment": told.get("segment", "")} if told.get("if") == "segment" else {}
            return {"do": "branch", "if": told.get("if", ""), **named, **ends}
    return {"do": "stop"}


def _step(raw: Mapping[str, Any]) -> StepFields:
    if raw["do"] == "send":
        return mails.fields(raw)
    does = "hours" if raw["do"] == "wait" and "hours" in raw else raw["do"]
    ends = {"then": "on", "else": "on"} if does == "branch" else {}
    return {"do": does, **ends, **{part: _shown(value) for part, value in raw.items() if part != "do"}}


def _shown(value: Any) -> str:
    if value is None or value is False:
        return ""
    return "1" if value is True else str(value)


def _times(text: str) -> float | str:
    plain = text.replace(",", ".")
    try:
        return float(plain) if len(plain) < 6 else text
    except ValueError:
        return text
