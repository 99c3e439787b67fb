"""/custom-fields: what a shop keeps of people beyond what every shop does, defined without code."""

from typing import Any

from marshmallow import fields

from loyalty.api import blueprints, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Flag, Instant, NoBody, Text, Whole
from loyalty.api.problems import Invalid
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.customers.traits import fields as own
from loyalty.customers.traits import typing, values
from loyalty.customers.traits.fields import Definition
from loyalty.customers.traits.models import CustomField
from loyalty.customers.traits.typing import BadCustomValue, Value
from loyalty.insights import field_counts, field_keeping, field_use, field_worth
from loyalty.staff.audit import Author
from loyalty.words import Both

blueprint = blueprints.resource(
    "custom_fields",
    "What the shop keeps of people beyond what every shop does; each field says what for, and for how long.",
    called=Both("Ô dữ liệu riêng", "Own fields"),
    order=18,
)


class FieldChange(Body):
    """What is given changes. A list is only added to; kind and privacy never change."""

    name_vi = Text(1, 60, example="Cỡ giày nam")
    name_en = Text(1, 60, example="Shoe size")
    purpose = Text(1, 20, example="personalisation")
    months = Whole(1, own.MOST_MONTHS, example=24)
    choices = fields.List(Text(1, own.LONGEST_CHOICE))


class NewField(Body):
    """`kind`: text, number, money, date, flag, choice. `purpose`: promotion, care, evaluation, personalisation.

    A value is forgotten `months` after it was given. `personal`: kept encrypted, rules ask only whether it is there.
    """

    key = Text(1, 32, required=True, example="shoe_size")
    name_vi = Text(1, 60, required=True, example="Cỡ giày")
    name_en = Text(1, 60, required=True, example="Shoe size")
    kind = Text(1, 20, required=True, example="number")
    purpose = Text(1, 20, required=True, example="personalisation")
    months = Whole(1, own.MOST_MONTHS, required=True, example=24)
    personal = Flag(load_default=False)
    choices = fields.List(Text(1, own.LONGEST_CHOICE), load_default=list)


class FieldSchema(Body):
    key = fields.String(required=True)
    name_vi = fields.String(required=True)
    name_en = fields.String(required=True)
    kind = fields.String(required=True)
    purpose = fields.String(required=True)
    months = fields.Integer(required=True)
    personal = fields.Boolean(required=True)
    choices = fields.List(fields.String(), required=True)
    created_at = Instant(required=True)
    archived_at = Instant(required=True, allow_none=True)


class ChangedSchema(FieldSchema):
    """`ending`: how many values a shorter time ends by the next night; the months of before, until then, keep them."""

    ending = fields.Integer(required=True)


class FieldsSchema(Body):
    items = fields.List(fields.Nested(FieldSchema), required=True)


class UserSchema(Body):
    kind = fields.String(required=True)  # segment, campaign, journey
    id = fields.String(required=True)
    name = fields.String(required=True)


class WorthSchema(Body):
    """One field. `people` had it when it was counted last, `null` before; `age_days` on average.

    `orders` and `revenue` of the campaigns of a year that used it and are closed; `uplift`: how much more of those they
    were for bought than of those held out, `null` where nobody was.
    """

    field = fields.String(required=True)
    people = fields.Integer(required=True, allow_none=True)
    age_days = fields.Integer(required=True, allow_none=True)
    used_by = fields.List(fields.Nested(UserSchema), required=True)
    always = fields.String(required=True, allow_none=True)
    campaigns = fields.Integer(required=True)
    orders = fields.Integer(required=True)
    revenue = fields.Integer(required=True)
    uplift = fields.Float(required=True, allow_none=True)
    is_sure = fields.Boolean(required=True, allow_none=True)
    stop_collecting = fields.Boolean(required=True)


class WorthsSchema(Body):
    """`people`: everybody there was at `taken_at`, `null` before the first count. `pending`: a worker counts anew."""

    people = fields.Integer(required=True, allow_none=True)
    taken_at = Instant(required=True, allow_none=True)
    pending = fields.Boolean(required=True)
    items = fields.List(fields.Nested(WorthSchema), required=True)


class HeldSchema(Body):
    """`value` is null where the key may not see what stands in a personal field. `source`: where it came from."""

    key = fields.String(required=True)
    value = fields.Raw(required=True, allow_none=True)
    source = fields.String(required=True)
    at = Instant(required=True)


class ValuesSchema(Body):
    items = fields.List(fields.Nested(HeldSchema), required=True)


@blueprint.get("/custom-fields")
@requires_scope("custom_fields:read")
@blueprint.response(200, FieldsSchema)
def list_fields() -> dict[str, Any]:
    """Every field, those put away last."""
    return {"items": own.list_all(work.here().session, archived=True)}


@blueprint.post("/custom-fields")
@requires_scope("custom_fields:write")
@blueprint.arguments(NewField)
@blueprint.response(201, FieldSchema)
def define_field(asked: dict[str, Any]) -> CustomField:
    """Define one. A field without a purpose is refused."""
    made = own.define(work.here().session, Definition(**asked), by=author(), now=work.now())
    work.note("custom_field_defined", f"custom_field:{made.key}", fields=[made.key])
    return made


@blueprint.patch("/custom-fields/<key>")
@requires_scope("custom_fields:write")
@blueprint.arguments(FieldChange)
@blueprint.response(200, ChangedSchema)
def change_field(asked: dict[str, Any], key: str) -> dict[str, Any]:
    """Other names, another purpose, another time, more choices."""
    session = work.here().session
    found = own.get(session, key)
    ending = field_keeping.ending(session, found, asked.get("months", found.months), now=work.now())
    if changed := own.change(session, found, own.stated(found, asked)):
        work.note("custom_field_changed", f"custom_field:{key}", fields=changed)
    return {**{name: getattr(found, name) for name in FieldSchema().fields}, "ending": ending}


@blueprint.post("/custom-fields/<key>/archive")
@requires_scope("custom_fields:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, FieldSchema)
def archive_field(_nothing: dict[str, Any], key: str) -> CustomField:
    """Put it away; refused while a segment, a campaign or a journey uses it, naming them."""
    session = work.here().session
    found = own.get(session, key)
    if field_use.archive(session, found, now=work.now()):
        work.note("custom_field_archived", f"custom_field:{key}", fields=[key])
    return found


@blueprint.post("/custom-fields/<key>/restore")
@requires_scope("custom_fields:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, FieldSchema)
def restore_field(_nothing: dict[str, Any], key: str) -> CustomField:
    """Take it into use again, with whatever still stands in it."""
    session = work.here().session
    found = own.get(session, key)
    if own.bring_back(session, found):
        work.note("custom_field_restored", f"custom_field:{key}", fields=[key])
    return found


@blueprint.get("/custom-fields/worth")
@requires_scope("custom_fields:read")
@blueprint.response(200, WorthsSchema)
def tell_worth() -> dict[str, Any]:
    """Which data drives anything: for each field of every shop and of this one who has it, what uses it, what came."""
    return _report()


@blueprint.post("/custom-fields/worth")
@requires_scope("custom_fields:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(202, WorthsSchema)
def ask_worth(_nothing: dict[str, Any]) -> dict[str, Any]:
    """Have a worker count anew; asking again before it came changes nothing."""
    field_counts.ask(work.here().session, now=work.now())
    return _report()


def _report() -> dict[str, Any]:
    found = field_worth.report(work.here().session, now=work.now())
    told = {"people": found.people, "taken_at": found.taken_at, "pending": found.is_asked}
    return {**told, "items": [_worth(each) for each in found.fields]}


def _worth(each: field_worth.Worth) -> dict[str, Any]:
    uplift = each.uplift
    return {
        "field": each.code,
        "people": each.people,
        "age_days": each.age_days,
        "used_by": [{"kind": use.kind, "id": use.public_id, "name": use.name} for use in each.users],
        "always": each.always.en if each.always else None,
        "campaigns": each.campaigns,
        "orders": each.numbers.orders,
        "revenue": each.numbers.revenue,
        "uplift": round(uplift.by, 4) if uplift else None,
        "is_sure": uplift.is_sure if uplift else None,
        "stop_collecting": each.is_idle,
    }


@blueprint.get("/customers/<public_id:customer>/custom")
@requires_scope("customers:read")
@blueprint.response(200, ValuesSchema)
def list_values(customer: str) -> dict[str, Any]:
    """What stands in the fields for a customer, where each came from and when."""
    session = work.here().session
    found = profiles.get_public(session, customer)
    held = values.of_customer(session, found)
    return {
        "items": [
            {"key": each.field.key, "value": visible(found, each), "source": each.source, "at": each.at}
            for each in held
        ]
    }


def visible(customer: Customer, held: values.Held) -> int | str | bool | None:
    """A value as JSON; None where it is personal and the key may not see that. Who does is written down."""
    if held.field.personal:
        if not work.here().caller.reveals:
            return None
        work.here().revealed.add(customer.public_id)
    return typing.to_json(held.value)


def read_values(given: dict[str, Any]) -> dict[str, Value | None]:
    """`custom` of a request; null takes a value away. Raises Invalid, naming each field with a right example."""
    known = own.by_key(work.here().session)
    errors: dict[str, list[str]] = {}
    read: dict[str, Value | None] = {}
    for key, raw in given.items():
        if key not in known:
            errors[f"custom.{key[:40]}"] = [f"No such field; there is {', '.join(known) or 'none yet'}."]
            continue
        try:
            read[key] = None if raw is None else typing.read(known[key], raw)
        except BadCustomValue as refused:
            errors[f"custom.{key}"] = [str(refused)]
    if errors:
        raise Invalid(errors)
    return read


def author() -> Author:
    return Author(work.here().caller.actor, "api")
