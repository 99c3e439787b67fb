"""Words a customer is marked with, given and taken away beside their timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from loyalty.console.customers.here import section, subject
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import FormSchema, Text
from loyalty.console.section import Answer
from loyalty.customers import profiles, tags
from loyalty.customers.models import Customer
from loyalty.staff.permissions import Right


class NewTag(FormSchema):
    tag = Text(required=True, longest=60)


@dataclass(frozen=True, slots=True)
class Tagged:
    """What stands beside the timeline: the tags, those of the shop to choose from, whether one may change them."""

    tags: Sequence[str]
    known: Sequence[str]
    may_change: bool


def beside(desk: Desk, customer: Customer) -> Tagged:
    may = desk.may(Right.NOTE) and customer.erased_at is None
    known = tags.list_known(desk.session) if may else ()
    return Tagged(tags.list_of(desk.session, customer.id), known, may)


@section.post("/customers/<public_id>/tags", right=Right.NOTE)
def give_tag(desk: Desk, public_id: str) -> Answer:
    """Mark them; a tag they have is one they have."""
    customer, form = profiles.get_public(desk.session, public_id), desk.form(NewTag)
    to = url_for(".show", public_id=public_id)

    def give(given: dict[str, Any]) -> str:
        tag = tags.written(given["tag"])
        if tags.give(desk.session, customer.id, tag, by=desk.author, now=desk.now):
            desk.note("tagged", subject(customer))
        return tag

    if not form.carry_out(give):
        return desk.done(next(iter(form.errors.values())), to=to)
    back = Undo(url_for(".take_tag", public_id=public_id, tag=form.result), desk.t("Hoàn tác", "Undo"))
    return desk.done(desk.t(f"Đã gắn nhãn «{form.result}».", f"Tagged “{form.result}”."), to=to, undo=back)


@section.post("/customers/<public_id>/tags/remove", right=Right.NOTE)
def take_tag(desk: Desk, public_id: str) -> Answer:
    """Take a tag away; `tag` names it."""
    customer, tag = profiles.get_public(desk.session, public_id), tags.written(desk.args.get("tag", ""))
    if tags.take(desk.session, customer.id, tag, now=desk.now):
        desk.note("untagged", subject(customer))
    return desk.done(desk.t(f"Đã bỏ nhãn «{tag}».", f"“{tag}” is gone."), to=url_for(".show", public_id=public_id))
