"""What is sent to and from /campaigns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import fields, validate

from loyalty.api.budget import OutlookSchema
from loyalty.api.fields import Body, Flag, Instant, Text, Whole
from loyalty.api.pages import PageQuery
from loyalty.campaigns import stopping, terms
from loyalty.campaigns.report import OUTCOMES


class CampaignVariant(Body):
    """One of two to four texts, and how many per cent of the people get it."""

    text = Text(1, 1500, lines=True, required=True)
    share = Whole(1, 99, required=True)


class CampaignStops(Body):
    """Limits at which the campaign pauses itself; what is not named keeps the usual one."""

    least = Whole(1, stopping.MOST["least"])
    failed = Whole(1, stopping.MOST["failed"])
    blocked = Whole(1, stopping.MOST["blocked"])
    objections = Whole(1, stopping.MOST["objections"])
    content = Whole(1, stopping.MOST["content"])


class CampaignTerms(Body):
    """What a campaign states beside its words: per cent held out, ₫ of its own, hours a missed run may come late.

    `best_hour`: within 24 hours of the start, each at the hour of day they write and buy most.
    """

    variants = fields.List(fields.Nested(CampaignVariant), allow_none=True)
    holdout = Whole(0, terms.MOST_HOLDOUT)
    priority = Whole(0, terms.MOST_PRIORITY)
    budget = Whole(0, terms.MOST_BUDGET, allow_none=True)
    late_hours = Whole(0, terms.MOST_LATE)
    stops = fields.Nested(CampaignStops, allow_none=True)
    best_hour = Flag()


class NewCampaign(CampaignTerms):
    """`text` takes {{ name }} or {{ name | "bạn" }}; who sends it and how to stop it is added."""

    name = Text(1, 100, required=True, example="Chào hè")
    segment_id = Text(1, 64, required=True)
    text = Text(1, 1500, lines=True, required=True, example='Chào {{ name | "bạn" }}, mời bạn ghé quán tuần này nhé.')


class CampaignChange(CampaignTerms):
    """What is not named stays as it is. Of a paused campaign the `budget` alone may be changed."""

    name = Text(1, 100)
    segment_id = Text(1, 64)
    text = Text(1, 1500, lines=True)


class Copy(Body):
    """`name` of the copy; without one, that of the first."""

    name = Text(1, 100)


class ScheduleChoice(Body):
    """`at` once, `cron` (five fields, shop time) again and again, neither: now."""

    at = Instant()
    cron = Text(1, 100)


class ScheduleSchema(Body):
    at = Instant()
    cron = fields.String()


class CampaignStop(Body):
    """Why it paused itself: `number` of `of`."""

    cause = fields.String(required=True)
    number = fields.Integer(required=True)
    of = fields.Integer(required=True)
    at = Instant(required=True)


class CampaignApproval(Body):
    """The last request for a second yes: waiting, approved or refused, and why; `number` is that of `/duyet`."""

    number = fields.Integer(required=True, allow_none=True)
    state = fields.String(required=True)
    people = fields.Integer(required=True)
    cost = fields.Integer(required=True)
    asked_by = fields.String(required=True)
    asked_at = Instant(required=True)
    by = fields.String(required=True, allow_none=True)
    at = Instant(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class CampaignYes(Body):
    """Why."""

    reason = Text(1, 200)


class CampaignNo(Body):
    reason = Text(1, 200, required=True, example="Giảm 50% là nhầm")


class CampaignSchema(Body):
    """`stops` are the limits in force, `stopped` why it paused itself.

    `next_at` is when the next run starts, if one is to come; `archived_at`, since when it is put away.
    """

    id = fields.String(required=True)
    name = fields.String(required=True)
    segment_id = fields.String(required=True)
    text = fields.String(required=True)
    state = fields.String(required=True)
    schedule = fields.Nested(ScheduleSchema, required=True, allow_none=True)
    next_at = Instant(required=True, allow_none=True)
    archived_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)
    variants = fields.List(fields.Nested(CampaignVariant), required=True, allow_none=True)
    holdout = fields.Integer(required=True)
    priority = fields.Integer(required=True)
    budget = fields.Integer(required=True, allow_none=True)
    late_hours = fields.Integer(required=True)
    stops = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    best_hour = fields.Boolean(required=True)
    stopped = fields.Nested(CampaignStop, required=True, allow_none=True)
    approval = fields.Nested(CampaignApproval, required=True, allow_none=True)
    budget_outlook = fields.Nested(OutlookSchema, required=True, allow_none=True)


class SampleSchema(Body):
    """What one real person would read; `case`: first, longest, shortest, without_name."""

    case = fields.String(required=True)
    customer_id = fields.String(required=True)
    text = fields.String(required=True)


class CampaignPerson(Body):
    customer_id = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)


class CampaignRoute(Body):
    """How many go by one way of one channel; `cost` in whole ₫, `quota_left` of the day's templates."""

    route = fields.String(required=True)
    channel = fields.String(required=True)
    people = fields.Integer(required=True)
    price = fields.Integer(required=True)
    cost = fields.Integer(required=True)
    quota_left = fields.Integer(required=True, allow_none=True)


class CampaignOverlap(Body):
    """Another campaign of the day with `people` in both; `wins`: it is the one that writes to them."""

    campaign_id = fields.String(required=True)
    name = fields.String(required=True)
    starts_at = Instant(required=True)
    people = fields.Integer(required=True)
    wins = fields.Boolean(required=True)


class CampaignPeopleQuery(PageQuery):
    """`reason`: a code of the preview, `no_chat`, or none for those who would get it."""

    reason = Text(1, 64)


class CampaignHour(Body):
    """How many are written to from an instant on; `own` of them at an hour learned from what they did."""

    at = Instant(required=True)
    people = fields.Integer(required=True)
    own = fields.Integer(required=True)


class CampaignPreview(Body):
    """`count` would be frozen; `reasons` says how many of them would get nothing, by code. `no_chat` are not part.

    `people` names the first of each reason, "" for those who would get it. `unpaid`: for how many its own budget would
    not last. `finishes_at` at the earliest; `held_until` while quiet hours last.
    """

    count = fields.Integer(required=True)
    would_receive = fields.Integer(required=True)
    no_chat = fields.Integer(required=True)
    reasons = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    samples = fields.List(fields.Nested(SampleSchema), required=True)
    people = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(CampaignPerson)), required=True)
    cost = fields.Integer(required=True)
    unpaid = fields.Integer(required=True)
    routes = fields.List(fields.Nested(CampaignRoute), required=True)
    finishes_at = Instant(required=True)
    held_until = Instant(required=True, allow_none=True)
    overlaps = fields.List(fields.Nested(CampaignOverlap), required=True)
    hours = fields.List(fields.Nested(CampaignHour), required=True)


class ReasonsSchema(Body):
    skipped = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    failed = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    held_out = fields.Dict(keys=fields.String(), values=fields.Integer())


class Outcomes(Body):
    """Numbers of recipients; `frozen` is the sum of the others."""

    state = fields.String(required=True)
    frozen = fields.Integer(required=True)
    sent = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    skipped = fields.Integer(required=True)
    held_out = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    reasons = fields.Nested(ReasonsSchema, required=True)

    class Meta(Body.Meta):
        include = {"unknown": fields.Integer(required=True)}  # noqa: RUF012  # the library's own way; its name is taken


class RunSchema(Outcomes):
    """One occurrence; `id` names it."""

    id = fields.String(required=True, allow_none=True)
    due_at = Instant(required=True)
    finished_at = Instant(required=True, allow_none=True)


class CampaignVariantOutcomes(Body):
    """What became of the people of one text; `variant` counts from 0."""

    variant = fields.Integer(required=True)
    sent = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    skipped = fields.Integer(required=True)
    waiting = fields.Integer(required=True)

    class Meta(Body.Meta):
        include = {"unknown": fields.Integer(required=True)}  # noqa: RUF012  # as in Outcomes


class ReportSchema(Outcomes):
    """All runs together, and each of them, newest first; `variants` where people were split."""

    variants = fields.List(fields.Nested(CampaignVariantOutcomes))
    runs = fields.List(fields.Nested(RunSchema), required=True)


class RecipientQuery(PageQuery):
    """Only those of an outcome, or of a reason of it, if they are named."""

    outcome = fields.String(validate=validate.OneOf(OUTCOMES))
    reason = Text(1, 64)


class CampaignCertificate(Outcomes):
    """A run that is over: frozen = sent + failed + skipped + held_out + unknown. Hashes are SHA-256.

    `crashed`: messages whose sender died. It stays as issued; what a person decides later stands in the report.
    """

    run = fields.String(required=True)
    campaign = fields.String(required=True)
    name = fields.String(required=True)
    due_at = Instant(required=True)
    started_at = Instant(required=True)
    finished_at = Instant(required=True)
    issued_at = Instant(required=True)
    text_hash = fields.String(required=True)
    audience_hash = fields.String(required=True)
    digest = fields.String(required=True)
    crashed = fields.Integer(required=True)


class RecipientSchema(Body):
    customer_id = fields.String(required=True)
    channel = fields.String(required=True, allow_none=True)
    outcome = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    due_at = Instant(required=True)
    settled_at = Instant(required=True, allow_none=True)


def moments(kept: Mapping[str, Any] | None, *names: str) -> dict[str, Any] | None:
    """What is kept as a document, with its instants as such; what is not there yet as none."""
    if kept is None:
        return None
    known = {"by": None, "at": None, "reason": None, "number": None, **kept}
    return known | {name: datetime.fromisoformat(known[name]) for name in names if known[name]}
