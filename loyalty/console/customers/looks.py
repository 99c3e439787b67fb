"""Who of the shop looked at a customer or changed something about them."""

from flask import url_for

from loyalty.console import authors, deeds
from loyalty.console.customers import words
from loyalty.console.customers.here import render, section, whole_number
from loyalty.console.desk import Desk
from loyalty.console.section import Answer
from loyalty.console.words import SOURCES
from loyalty.customers import corrections, history, profiles
from loyalty.customers.corrections import NoWayBack
from loyalty.customers.models import Customer
from loyalty.staff.models import AuditEntry
from loyalty.staff.permissions import Right

PAGE = 30


@section.get("/customers/<public_id>/looks", right=Right.AUDIT)
def looks(desk: Desk, public_id: str) -> Answer:
    """Newest first."""
    customer = profiles.get_public(desk.session, public_id)
    before = whole_number(desk.args.get("before", ""))
    found = history.list_looks(desk.session, customer, before=before, limit=PAGE + 1)
    more = url_for(".looks", public_id=public_id, before=found[PAGE - 1].id) if len(found) > PAGE else ""
    return render(
        desk, "looks.html", customer, looks=[_shown(desk, customer, look) for look in found[:PAGE]], more=more
    )


def _shown(desk: Desk, customer: Customer, look: AuditEntry) -> dict[str, object]:
    source, way = SOURCES.get(look.source), str(look.detail.get("sealed") or "")
    is_open = bool(way) and corrections.may_go_back(desk.session, customer, way, now=desk.now)
    return {
        "at": look.at,
        "who": authors.name_of(desk.session, look.actor, desk.locale),
        "what": deeds.in_words(look.action, desk.locale),
        "where": source.in_(desk.locale) if source else look.source,
        "fields": ", ".join(_field(desk, name) for name in look.detail.get("fields", ())),
        "changes": _changes(desk, customer, way) if way else (),
        "undo": url_for(".go_back", public_id=customer.public_id, way=way) if is_open else "",
    }


def _changes(desk: Desk, customer: Customer, way: str) -> list[tuple[str, str, str]]:
    """Each field before and after, masked; nothing once the customer is erased."""
    try:
        found = corrections.changes_of(desk.session, customer, way)
    except NoWayBack:
        return []
    return [
        (
            _field(desk, each.field),
            words.value(desk, each.field, each.before),
            words.value(desk, each.field, each.after),
        )
        for each in found
    ]


def _field(desk: Desk, name: object) -> str:
    known = {field.value: called for field, called in words.FIELDS.items()}
    called = known.get(str(name))
    return called.in_(desk.locale).lower() if called else str(name)
