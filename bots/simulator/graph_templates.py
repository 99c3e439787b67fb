"""A page's message templates as the simulator plays them: listed as Graph lists them, filled in, shown as a card."""

import re
from collections.abc import Mapping
from typing import Any

from loyalty.demo.approved import MESSENGER

STATUS = {"enabled": "APPROVED", "pending": "PENDING", "rejected": "REJECTED"}
KNOWN = {(each.name, each.locale): each for each in MESSENGER}

Json = dict[str, Any]


def listed() -> list[Json]:
    """`GET /{page}/message_templates`."""
    return [
        {
            "name": each.name,
            "language": each.locale,
            "status": STATUS[each.status],
            "category": "UTILITY",
            "components": [{"type": "BODY", "text": each.text}],
        }
        for each in MESSENGER
    ]


def bubble(template: Mapping[str, Any]) -> Json | str:
    """What a person sees of a filled one; what Graph says of one that cannot be sent."""
    language = template.get("language")
    code = language.get("code") if isinstance(language, dict) else None
    each = KNOWN.get((str(template.get("name")), str(code)))
    if each is None or each.status != "enabled":
        return "(#100) Template does not exist"
    values = [str(value.get("text", "")) for value in _values(template)]
    if len(values) != len(each.parameters):
        return "(#100) Number of parameters does not match"
    text = re.sub(r"{{(\d)}}", lambda found: values[int(found[1]) - 1], each.text)
    return {"template": True, "text": text, "image": "", "metadata": "", "buttons": [], "once": False}


def _values(template: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    parts = template.get("components")
    bodies = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    given = (body.get("parameters") for body in bodies if body.get("type") == "body")
    return [value for values in given if isinstance(values, list) for value in values if isinstance(value, dict)]
