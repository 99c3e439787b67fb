"""Events that are nobody's words to the bot: consent taken back, answers to templates, news of templates and quotas.

Bodies as in Zalo's pages of 2026-11; of `permission_revoked` no page shows one, so only its OA and time are read.
"""

from collections.abc import Mapping
from typing import Any

from bots.channel import Inbound, InboundKind
from bots.strict_json import clean
from bots.zalo.event import TEXT_LIMIT, Event, identifier

FACT_LIMIT = 200
MOST_CHOSEN = 10


def withdrawn(event: Event) -> Inbound | None:
    """`user_withdraw`: the person takes back what they agreed to, and wants their data gone."""
    if not event.names_both():
        return None
    return event.inbound(InboundKind.WITHDRAWAL, event.name, event.user, event.timestamp)


def tagged(event: Event) -> list[Inbound]:
    """`add_user_to_tag`, `remove_user_from_tag`: one event for each person named; none for a tag nobody has yet."""
    listed, tag = event.get("tag", "user_ids"), event.text("tag", "name", limit=FACT_LIMIT).strip()
    users = list(dict.fromkeys(filter(None, map(identifier, listed)))) if isinstance(listed, list) else []
    what = "add" if event.name == "add_user_to_tag" else "remove"
    if not (event.account and tag):
        return []
    return [_tagged(event, user, tag, what) for user in users]


def _tagged(event: Event, user: str, tag: str, what: str) -> Inbound:
    payload = {**event.payload, "tag": {"user_ids": [user], "name": tag}}
    parts = (user, tag, event.timestamp)
    return event.inbound(InboundKind.TAGGED, event.name, *parts, user=user, text=tag, ref=what, raw=payload)


def revoked(event: Event) -> Inbound | None:
    if not event.account:
        return None
    return event.inbound(InboundKind.REVOKED, event.name, event.timestamp)


def rated(event: Event) -> Inbound | None:
    """`user_feedback`: stars, what was ticked and a note, under one of our templates."""
    chosen = event.get("message", "feedbacks")
    ticked = [clean(each)[:FACT_LIMIT] for each in chosen[:MOST_CHOSEN]] if isinstance(chosen, list) else []
    rate = identifier(event.get("message", "rate"))
    words = "; ".join(filter(None, [*ticked, event.text("message", "note")]))[:TEXT_LIMIT]
    facts = {"rate": rate} if rate.isdecimal() and len(rate) == 1 else {}
    return _answer(event, event.message_id, words, facts) if words or facts else None


def tapped(event: Event) -> Inbound | None:
    """`user_click_response_button`: a quick answer; its message id stands at the root."""
    words = event.text("message", "data")
    return _answer(event, identifier(event.get("msg_id")), words, {}) if words else None


def changed(event: Event) -> Inbound | None:
    """A template's state, quality or quota, or the OA's daily quota: what it was and what it is."""
    template = identifier(event.get("template_id"))
    is_template = event.name.startswith("change_template_")
    if not event.account or is_template != bool(template):
        return None
    facts = {"template": template, "what": event.name.rpartition("_")[2]} | _before_and_after(event)
    facts["reason"] = event.text("reason", limit=FACT_LIMIT)
    kept = {name: fact for name, fact in facts.items() if fact}
    return event.inbound(InboundKind.TEMPLATE, event.name, template or "oa", event.timestamp, facts=kept)


def _answer(event: Event, message_id: str, words: str, facts: Mapping[str, str]) -> Inbound | None:
    ours = identifier(event.get("message", "tracking_id"))
    if not event.account or not (message_id or ours):
        return None
    ids = (message_id,) if message_id else ()
    parts = (message_id or ours, identifier(event.get("message", "submit_time")) or event.timestamp)
    return event.inbound(
        InboundKind.ANSWER, event.name, *parts, text=words, facts=facts, message_ids=ids, reference=ours
    )


def _before_and_after(event: Event) -> dict[str, str]:
    """The values named `prev_…` and `new_…`, in whatever object the event has them."""
    found: dict[str, str] = {}
    for inner in event.payload.values():
        for name, value in inner.items() if isinstance(inner, Mapping) else ():
            key = {"prev": "before", "new": "now"}.get(str(name).partition("_")[0])
            if key:
                found[key] = _plain(value)
    return found


def _plain(value: Any) -> str:
    return clean(str(value))[:FACT_LIMIT] if isinstance(value, (str, int)) else ""
