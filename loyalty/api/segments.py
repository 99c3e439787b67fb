"""/segments: choices of customers, and why somebody belongs."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.api import blueprints, pages, persons, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Instant, NoBody, Text
from loyalty.api.pages import PageQuery, page_of
from loyalty.api.persons import CustomerSchema
from loyalty.campaigns import usage
from loyalty.customers import profiles
from loyalty.customers.models import CustomerStats
from loyalty.segments import advice, changes, five, membership, rules, saved, schema, sentence, thresholds
from loyalty.segments.changes import Change
from loyalty.segments.membership import Finding
from loyalty.segments.models import CustomerHabit, Segment
from loyalty.segments.rules import Frame, Node
from loyalty.words import Both

blueprint = blueprints.resource(
    "segments", "Choices of customers by rules.", called=Both("Nhóm khách", "Segments"), order=60
)
SAMPLE = 5
UNITS = {number.code: number.unit for number in thresholds.NUMBERS}
RULES = {
    "type": "object",
    "description": 'A tree: {"all": […]}, {"any": […]}, {"not": …} around {"field", "op", "value"}; '
    "its JSON schema is at /segments/schema.",
    "example": {"all": [{"field": "tier", "op": ">=", "value": "Bạc"}]},
}


class RulesField(fields.Raw):
    """A tree of rules; read by the segments themselves."""


class NewSegment(Body):
    name = Text(1, 100, required=True, example="Từ hạng Bạc trở lên")
    rules = RulesField(required=True, metadata=RULES)


class SegmentChange(Body):
    """What is not named stays as it is."""

    name = Text(1, 100)
    rules = RulesField(metadata=RULES)


class RulesOnly(Body):
    rules = RulesField(required=True, metadata=RULES)


class SegmentSchema(Body):
    """`sentence` says the rules in the shop's language; null when today's programme lacks a tier they name.

    `size` people belonged at `counted_at`, and spent `spent_12m` ₫ in twelve months. `kind`: rules, five, list; `code`
    is that of one of the five (vip, prospect, repeat, promo, inactive), whose `sentence` says its thresholds.
    """

    id = fields.String(required=True)
    name = fields.String(required=True)
    rules = RulesField(required=True, metadata=RULES)
    sentence = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True)
    code = fields.String(required=True, allow_none=True)
    size = fields.Integer(required=True, allow_none=True)
    spent_12m = fields.Integer(required=True, allow_none=True)
    counted_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)


class SegmentPreview(Body):
    count = fields.Integer(required=True)
    sample = fields.List(fields.Nested(CustomerSchema), required=True)
    sentence = fields.String(required=True)


class FindingSchema(Body):
    """One condition: where it stands, what the person has there, and whether it holds."""

    path = fields.String(required=True)
    field = fields.String(required=True)
    op = fields.String(required=True)
    value = fields.Raw(required=True)
    of = fields.List(fields.String(), required=True)
    within_days = fields.Integer(required=True, allow_none=True)
    actual = fields.Raw(required=True, allow_none=True)
    holds = fields.Boolean(required=True)
    sentence = fields.String(required=True)


class TurningSchema(Body):
    """One fact that would have to be `to`."""

    field = fields.String(required=True)
    of = fields.List(fields.String(), required=True)
    within_days = fields.Integer(required=True, allow_none=True)
    actual = fields.Raw(required=True, allow_none=True)
    to = fields.Raw(required=True, allow_none=True)
    sentence = fields.String(required=True)


class PartSchema(Body):
    """A part of the definition of one of the five: what it asks for, what the person has there, whether it holds."""

    what = fields.String(required=True)
    needed = fields.Integer(required=True)
    actual = fields.Integer(required=True, allow_none=True)
    holds = fields.Boolean(required=True)
    sentence = fields.String(required=True)


class ExplanationSchema(Body):
    """`changes`: the fewest things that would turn it around, none where nothing would; `change` says them. `parts`
    only for one of the five.
    """

    belongs = fields.Boolean(required=True)
    conditions = fields.List(fields.Nested(FindingSchema), required=True)
    changes = fields.List(fields.Nested(TurningSchema), required=True)
    change = fields.String(required=True)
    parts = fields.List(fields.Nested(PartSchema), required=True)


class RulesDocument(Body):
    """A JSON schema."""

    dialect = fields.String(required=True, data_key="$schema")
    title = fields.String(required=True)
    description = fields.String(required=True)
    root = fields.String(required=True, data_key="$ref")
    parts = fields.Dict(required=True, data_key="$defs")


@blueprint.get("/segments")
@requires_scope("segments:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(SegmentSchema))
def list_segments(wanted: dict[str, Any]) -> dict[str, Any]:
    """Saved segments, newest first."""
    session = work.here().session
    before = pages.start(session, wanted, "segments")
    rows = saved.list_newest(session, before=before, limit=wanted["limit"] + 1)
    frame = _frame(session)

    def show_all(shown: Sequence[Segment]) -> list[dict[str, Any]]:
        return [show(segment, frame) for segment in shown]

    return pages.page(session, rows, wanted, "segments", lambda segment: segment.id, show_all)


@blueprint.post("/segments")
@requires_scope("segments:write")
@blueprint.arguments(NewSegment)
@blueprint.response(201, SegmentSchema)
def create_segment(asked: dict[str, Any]) -> dict[str, Any]:
    """Keep rules under a name."""
    session = work.here().session
    segment = saved.create(session, asked["name"], asked["rules"], now=work.now())
    work.note("segment_created", f"segment:{segment.public_id}")
    return show(segment, _frame(session))


@blueprint.post("/segments/preview")
@requires_scope("segments:read")
@blueprint.arguments(RulesOnly)
@blueprint.response(200, SegmentPreview)
def preview_segment(asked: dict[str, Any]) -> dict[str, Any]:
    """How many the rules choose, a few of them, and the rules as a sentence."""
    session = work.here().session
    frame = _frame(session)
    node = rules.parse(asked["rules"], frame)
    return {
        "count": membership.count(session, node, frame),
        "sample": persons.show_all(membership.list_members(session, node, frame, limit=SAMPLE)),
        "sentence": sentence.describe(node, frame, shop.of(session).locale),
    }


@blueprint.get("/segments/schema")
@requires_scope("segments:read")
@blueprint.response(200, RulesDocument)
def get_schema() -> dict[str, Any]:
    """What rules may be, as a JSON schema (2020-12): every field, its comparisons and an example."""
    document = schema.document(_frame(work.here().session))
    names = {"dialect": "$schema", "root": "$ref", "parts": "$defs", "title": "title", "description": "description"}
    return {name: document[key] for name, key in names.items()}


@blueprint.get("/segments/<public_id:segment>")
@requires_scope("segments:read")
@blueprint.response(200, SegmentSchema)
def get_segment(segment: str) -> dict[str, Any]:
    """One segment."""
    session = work.here().session
    return show(saved.get_public(session, segment), _frame(session))


@blueprint.patch("/segments/<public_id:segment>")
@requires_scope("segments:write")
@blueprint.arguments(SegmentChange)
@blueprint.response(200, SegmentSchema)
def change_segment(asked: dict[str, Any], segment: str) -> dict[str, Any]:
    """Rename it, give it other rules, or both. A campaign under way keeps the rules it began with."""
    session = work.here().session
    found = saved.get_public(session, segment)
    if saved.change(session, found, name=asked.get("name"), wanted=asked.get("rules"), now=work.now()):
        work.note("segment_changed", f"segment:{found.public_id}")
    return show(found, _frame(session))


@blueprint.post("/segments/<public_id:segment>/remove")
@requires_scope("segments:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, SegmentSchema)
def remove_segment(_nothing: dict[str, Any], segment: str) -> dict[str, Any]:
    """Take it out of every list; refused while campaigns are still to be sent to it. `restore` brings it back."""
    session = work.here().session
    found = saved.get_public(session, segment)
    usage.remove_segment(session, found, now=work.now())
    work.note("segment_removed", f"segment:{found.public_id}")
    return show(found, _frame(session))


@blueprint.post("/segments/<public_id:segment>/restore")
@requires_scope("segments:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, SegmentSchema)
def restore_segment(_nothing: dict[str, Any], segment: str) -> dict[str, Any]:
    """Bring a removed one back; one that is there stays."""
    session = work.here().session
    found = saved.get_public(session, segment, removed=True)
    if found.removed_at is not None:
        saved.bring_back(session, found)
        work.note("segment_restored", f"segment:{found.public_id}")
    return show(found, _frame(session))


@blueprint.get("/segments/<public_id:segment>/members")
@requires_scope("segments:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(CustomerSchema))
def list_members(wanted: dict[str, Any], segment: str) -> dict[str, Any]:
    """Who belongs now, newest customers first."""
    session = work.here().session
    node, frame = _tree(session, segment)
    place = f"members {segment}"
    before = pages.start(session, wanted, place)
    rows = membership.list_members(session, node, frame, before=before, limit=wanted["limit"] + 1)
    return pages.page(session, rows, wanted, place, lambda customer: customer.id, persons.show_all)


@blueprint.get("/segments/<public_id:segment>/explain/<public_id:customer>")
@requires_scope("segments:read")
@blueprint.response(200, ExplanationSchema)
def explain_member(segment: str, customer: str) -> dict[str, Any]:
    """Why a customer belongs or not, condition by condition, and what would change it."""
    session = work.here().session
    node, frame = _tree(session, segment)
    person = profiles.get_public(session, customer).id
    found = membership.explain(session, node, frame, person)
    locale = shop.of(session).locale
    return {
        "belongs": found.belongs,
        "conditions": [_show_finding(finding, frame, locale) for finding in found.findings],
        "changes": [_show_change(change, frame, locale) for change in found.changes or ()],
        "change": changes.say(found.changes, found.belongs, frame, locale),
        "parts": _parts(session, saved.get_public(session, segment), person, frame),
    }


def _parts(session: Session, segment: Segment, customer_id: int, frame: Frame) -> list[dict[str, Any]]:
    if segment.code is None:
        return []
    stats, habit = session.get_one(CustomerStats, customer_id), session.get(CustomerHabit, customer_id)
    return [
        {
            "what": each.what,
            "needed": each.needed,
            "actual": each.actual,
            "holds": each.holds,
            "sentence": ": ".join(advice.part(each, frame.shop.locale)),
        }
        for each in five.reasons(segment.code, stats, habit, frame)
    ]


def _frame(session: Session) -> Frame:
    return Frame.at(session, work.now())


def _tree(session: Session, public_id: str) -> tuple[Node, Frame]:
    frame = _frame(session)
    return saved.tree(saved.get_public(session, public_id), frame), frame


def show(segment: Segment, frame: Frame) -> dict[str, Any]:
    return {
        "id": segment.public_id,
        "name": segment.name,
        "rules": segment.rules,
        "sentence": _sentence(segment, frame),
        "kind": segment.kind,
        "code": segment.code,
        "size": segment.size,
        "spent_12m": segment.spent_12m,
        "counted_at": segment.counted_at,
        "created_at": segment.created_at,
    }


def _sentence(segment: Segment, frame: Frame) -> str | None:
    if segment.code is not None:
        return advice.meaning(segment.code, frame.things.thresholds(), UNITS, frame.shop.locale)
    try:
        return sentence.describe(saved.tree(segment, frame), frame, frame.shop.locale)
    except rules.BadRules:
        return None


def _show_finding(finding: Finding, frame: Frame, locale: str) -> dict[str, Any]:
    condition = finding.condition
    single = len(condition.values) == 1 and condition.op not in rules.CHOICE
    return {
        "path": finding.path,
        "field": condition.field,
        "op": condition.op,
        "value": condition.values[0] if single else list(condition.values),
        "of": list(condition.of),
        "within_days": condition.within,
        "actual": finding.fact,
        "holds": finding.holds,
        "sentence": sentence.describe_condition(condition, frame, locale),
    }


def _show_change(change: Change, frame: Frame, locale: str) -> dict[str, Any]:
    return {
        "field": change.condition.field,
        "of": list(change.condition.of),
        "within_days": change.condition.within,
        "actual": change.before,
        "to": change.after,
        "sentence": changes.describe(change, frame, locale),
    }
