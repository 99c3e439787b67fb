"""/programme: the rules of points in force."""

from dataclasses import asdict
from typing import Any

from marshmallow import fields

from loyalty import shop
from loyalty.api import blueprints, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body
from loyalty.programme import sentences, versions
from loyalty.programme.document import Programme, Rule, Tier
from loyalty.words import Both

blueprint = blueprints.resource(
    "programme", "The rules of points.", called=Both("Luật tích điểm", "Rules of points"), order=50
)


class EarningSchema(Body):
    """One point for each full `per_amount` whole ₫; what is left over is carried to the next bill."""

    per_amount = fields.Integer(required=True)


class ExpirySchema(Body):
    """When points end: `after` so many months or days (the other is 0), on `dates`, or `never`."""

    policy = fields.String(required=True)
    months = fields.Integer(required=True)
    days = fields.Integer(required=True)


class QualificationSchema(Body):
    """What tiers are held for: `metric` spend, points or orders; `window` rolling (so many `months`), calendar_year,
    half_year or anniversary. How they are lost: `downgrade` one_step, to_fit or never, after `grace_days`.
    """

    metric = fields.String(required=True)
    window = fields.String(required=True)
    months = fields.Integer(required=True)
    downgrade = fields.String(required=True)
    grace_days = fields.Integer(required=True)
    warn_days = fields.Integer(required=True)


class RuleSchema(Body):
    """One rule: `multiply`, `bonus` or `exclude`, on a `line`, the `bill`, or what happens without one.

    `sentence` says when and how much.
    """

    code = fields.String(required=True)
    kind = fields.String(required=True)
    on = fields.String(required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)  # by language
    sentence = fields.String(required=True)  # in the shop's language


class TierSchema(Body):
    """Held from `spend` whole ₫ in the window on, or points or orders, as the metric says.

    Its purchases earn `multiplier` (a decimal as text) times their ₫.
    """

    code = fields.String(required=True)
    name = fields.String(required=True)  # in the shop's language
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)  # by language
    spend = fields.Integer(required=True)
    multiplier = fields.String(required=True)


class ReceiptsSchema(Body):
    """Receipt numbers begin again: never, yearly, daily."""

    restart = fields.String(required=True)


class LimitsSchema(Body):
    """A cashier's bill above `cashier_bill` whole ₫ waits for approval."""

    cashier_bill = fields.Integer(required=True)


class ProgrammeSchema(Body):
    """One version of the rules; a purchase is judged by the version of its day."""

    version = fields.Integer(required=True)
    name = fields.String(required=True)
    effective_from = fields.Date(required=True)  # shop day
    earning = fields.Nested(EarningSchema, required=True)
    expiry = fields.Nested(ExpirySchema, required=True)
    qualification = fields.Nested(QualificationSchema, required=True)
    tiers = fields.List(fields.Nested(TierSchema), required=True)
    rules = fields.List(fields.Nested(RuleSchema), required=True)
    receipts = fields.Nested(ReceiptsSchema, required=True)
    limits = fields.Nested(LimitsSchema, required=True)
    sentences = fields.List(fields.String(), required=True)  # all of it, in the shop's language


@blueprint.get("/programme")
@requires_scope("programme:read")
@blueprint.response(200, ProgrammeSchema)
def get_programme() -> dict[str, Any]:
    """The rules in force today, and since when."""
    session = work.here().session
    place = shop.of(session)
    today = place.day(work.now())
    return _show(versions.at(session, today), place.locale) | {"effective_from": versions.since(session, today)}


def _show(rules: Programme, locale: str) -> dict[str, Any]:
    return {
        "version": rules.version,
        "name": rules.name,
        "earning": {"per_amount": rules.per_amount},
        "expiry": {"policy": rules.expiry.policy, "months": rules.expiry.months, "days": rules.expiry.days},
        "qualification": asdict(rules.qualification),
        "tiers": [_show_tier(rules, tier, locale) for tier in rules.tiers],
        "rules": [_show_rule(rules, rule, locale) for rule in rules.rules],
        "receipts": {"restart": rules.restart},
        "limits": {"cashier_bill": rules.cashier_bill},
        "sentences": sentences.describe(rules, locale),
    }


def _show_rule(rules: Programme, rule: Rule, locale: str) -> dict[str, Any]:
    return {
        "code": rule.code,
        "kind": rule.kind,
        "on": rule.scope,
        "names": dict(rule.names),
        "sentence": sentences.describe_rule(rule, rules, locale),
    }


def _show_tier(rules: Programme, tier: Tier, locale: str) -> dict[str, Any]:
    return {
        "code": tier.code,
        "name": rules.tier_name(tier.code, locale),
        "names": dict(tier.names),
        "spend": tier.spend,
        "multiplier": tier.multiplier_text,
    }
