"""`loyalty understand`: what the bot takes a sentence for. Nothing is looked up and nothing is done."""

import json
import sys
from dataclasses import asdict, is_dataclass
from typing import Any

import click

from bots.commands.understanding import Understood
from bots.commands.understanding import understand as read
from loyalty.cli.common import Both, emit

ROLES = ("customer", "staff")
NOTHING = Both("Không phải lệnh nào.", "No command.")
COMMAND = Both("Lệnh: {command}", "Command: {command}")
MEANT = Both("Nếu có dấu gạch chéo thì là: {command}", "With a slash it would be: {command}")
FOR_STAFF = Both("Chỉ dành cho nhân viên.", "For staff only.")
PROBLEM = Both("Chưa rõ ({code}): {facts}", "Unclear ({code}): {facts}")


@click.command()
@click.argument("text", required=False)
@click.option("--role", type=click.Choice(ROLES), default="customer", show_default=True, help="Who writes it.")
def understand(text: str | None, role: str) -> None:
    """What the bot takes TEXT for; nothing is done.

    Without TEXT: one JSON object {"text": …, "role": …} per line in, one per line out.
    """
    if text is None:
        _understand_lines(role)
        return
    found = describe(text, role)
    emit(found, lambda: _told(found))


def describe(text: str, role: str) -> dict[str, Any]:
    """Command and values as JSON has them; `problem` when the command was clear and what came with it was not."""
    understood = read(text, staff=role == "staff")
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
    }


def _understand_lines(role: str) -> None:
    """A line that is no such object is answered by one with `error`, and the command ends with 1."""
    failed = False
    for line in sys.stdin:
        if line.strip():
            answer = _answer(line, role)
            failed = failed or "error" in answer
            click.echo(json.dumps(answer, ensure_ascii=False, default=str))
    if failed:
        click.get_current_context().exit(1)


def _answer(line: str, role: str) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        asked = None
    text = asked.get("text") if isinstance(asked, dict) else None
    wanted = asked.get("role", role) if isinstance(asked, dict) else None
    if not isinstance(text, str) or wanted not in ROLES:
        return {"error": "malformed", "line": line.rstrip("\n")}
    return describe(text, wanted)


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
        return FOR_STAFF() if found["for"] == "staff" else NOTHING()
    lines = [COMMAND(command=found["command"])]
    lines += [f"{name}: {value}" for name, value in found["values"].items()]
    if problem := found["problem"]:
        facts = ", ".join(f"{name}={value}" for name, value in problem.items() if name != "code")
        lines.append(PROBLEM(code=problem["code"], facts=facts))
    return "\n".join(lines)


commands: list[click.Command] = [understand]
