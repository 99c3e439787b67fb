"""JSON from strangers, as webhooks take it: one object. What it refuses is `loyalty.typed.strict_json.Malformed`."""

from typing import Any

from loyalty.typed import strict_json
from loyalty.typed.strict_json import clean

__all__ = ["clean", "loads"]


def loads(body: bytes) -> dict[str, Any]:
    """The one JSON object in `body`. Raises Malformed, never anything else."""
    return strict_json.load_object(body)
