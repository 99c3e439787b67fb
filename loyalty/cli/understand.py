"""`loyalty understand`: what the bot takes a sentence for. Nothing is looked up and nothing is done."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any

import click

from bots.commands import intents
from bots.commands.intents import CONTEXTS, ROLES
from bots.commands.taken import Understood
from bots.commands.understanding import or_alike
from bots.commands.understanding import understand as read
from loyalty.cli.common import Both, chosen, emit

NOTHING = Both("Không phải lệnh nào.", "No command.")
COMMAND = Both("Lệnh: {command}", "Command: {command}")
MEANT = Both("Nếu có dấu gạch chéo thì là: {command}", "With a slash it would be: {command}")
FOR_STAFF = Both("Chỉ dành cho nhân viên.", "For staff only.")
PROBLEM = Both("Chưa rõ ({code}): {facts}", "Unclear ({code}): {facts}")
INTENT = Both("Ý định: {intent}", "Intent: {intent}")
EXAMPLE = '{"role": "customer", "context": "none", "text": "điểm"}'


@click.command()
@click.argument("text", required=False)
@click.option("--role", type=click.Choice(ROLES), default="customer", show_default=True, help="Who writes it.")
@click.option("--context", type=click.Choice(CONTEXTS), default="none", show_default=True, help="What went before.")
def understand(text: str | None, role: str, context: str) -> None:
    """What the bot takes TEXT for; nothing is done.

    Without TEXT: one JSON object per line in, {"role": …, "context": …, "text": …}, and one per line out,
    {"intent": …, "slots": …}.
    """
    if text is None:
        _understand_lines({"role": role, "context": context})
        return
    found = describe(text, role, context)
    emit(found, lambda: _told(found))


def describe(text: str, role: str, context: str = "none") -> dict[str, Any]:
    """Command and values as JSON has them; `problem` when the command was clear and what came with it was not."""
    understood = read(text, staff=role == "staff")
    understood = understood if role == "staff" else or_alike(understood, text)
    command, meant = understood.command, understood.meant
    return {
        "text": text,
        "role": role,
        "command": command.name if command else None,
        "for": command.audience.value if command else "staff" if understood.is_marked else None,
        "args": understood.args,
        "values": _values(understood.value),
        "problem": _problem(understood),
        "locale": understood.locale,
        "is_code": understood.is_code,
        "meant": meant.name if meant else None,
        "context": context,
        **_intent(text, role, context, _today()),
    }


def _understand_lines(defaults: Mapping[str, str]) -> None:
    """A line that is no such object is answered by one with `error`, and the command ends with 1."""
    failed, today = False, _today()
    for line in sys.stdin.buffer:
        if line.strip():
            answer = _answer(line, defaults, today)
            failed = failed or "error" in answer
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
            sys.stdout.flush()  # whoever asks line by line waits for it
    if failed:
        click.get_current_context().exit(1)


def _answer(line: bytes, defaults: Mapping[str, str], today: date) -> dict[str, Any]:
    try:
        asked = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return _fault("is no JSON in UTF-8")
    if not isinstance(asked, dict):
        return _fault("is no object")
    if not isinstance(text := asked.get("text"), str):
        return _fault("needs a text")
    role = asked.get("role") or defaults["role"]
    context = asked.get("context") or defaults["context"]
    if role not in ROLES:
        return _fault(f"has a role that is none of {', '.join(ROLES)}")
    if context not in CONTEXTS:
        return _fault(f"has a context that is none of {', '.join(CONTEXTS)}")
    return _intent(text, role, context, today)


def _intent(text: str, role: str, context: str, today: date) -> dict[str, Any]:
    found = intents.read(text, role=role, context=context, today=today)
    return {"intent": found.name, "slots": dict(found.slots)}


def _fault(what: str) -> dict[str, Any]:
    return {"intent": None, "error": f"This line {what}; right is, for example: {EXAMPLE}"}


def _today() -> date:
    return datetime.now(chosen().timezone).date()


def _values(value: Any) -> dict[str, Any]:
    """What was read of the arguments, by name."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: part for name, part in asdict(value).items() if part is not None}
    if isinstance(value, tuple):
        return dict(value._asdict())  # type: ignore[attr-defined]  # the readers return NamedTuples
    if isinstance(value, int):
        return {"number": value}
    if isinstance(value, str) and value:
        return {"phone" if value.startswith("+") else "value": value}
    return {}


def _problem(understood: Understood) -> dict[str, Any] | None:
    refusal = understood.refusal
    return None if refusal is None else {"code": refusal.code} | refusal.facts


def _told(found: dict[str, Any]) -> str:
    if found["meant"]:
        return MEANT(command=found["meant"])
    if found["command"] is None:
        return FOR_STAFF() if found["for"] == "staff" else _told_otherwise(found)
    lines = [COMMAND(command=found["command"])]
    lines += [f"{name}: {value}" for name, value in found["values"].items()]
    if problem := found["problem"]:
        facts = ", ".join(f"{name}={value}" for name, value in problem.items() if name != "code")
        lines.append(PROBLEM(code=problem["code"], facts=facts))
    return "\n".join(lines)


def _told_otherwise(found: dict[str, Any]) -> str:
    """No command, but perhaps an answer, a greeting, or something to ask back."""
    if found["intent"] == "unknown":
        return NOTHING()
    return "\n".join([INTENT(intent=found["intent"]), *(f"{name}: {value}" for name, value in found["slots"].items())])


commands: list[click.Command] = [understand]
