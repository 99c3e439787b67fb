"""/budget: what the month allows for billed messages, what is spent of it, and how long it will last."""

from typing import Any

from marshmallow import fields

from loyalty.api import blueprints, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body
from loyalty.channels import accounts
from loyalty.messaging import budget, pace
from loyalty.messaging.pace import Lasting, Outlook
from loyalty.words import Both

blueprint = blueprints.resource(
    "budget", "Money for billed messages.", called=Both("Tiền gửi tin", "Money for messages"), order=72
)


class OutlookSchema(Body):
    """How long money lasts at the pace of the last `days`.

    `state`: nothing (there is none to spend), used_up, unknown (billed messages went on one day at most), ends
    (around `ends_on`, a day of the shop), lasts (to the end of the month; a budget of its own, for more than a year).
    `per_day` is whole ₫.
    """

    state = fields.Enum(Lasting, by_value=True, required=True)
    days = fields.Integer(required=True)
    per_day = fields.Integer(required=True, allow_none=True)
    ends_on = fields.Date(required=True, allow_none=True)


class BudgetShareSchema(Body):
    """One account's part: whole ₫ and messages."""

    channel = fields.String(required=True)
    account = fields.String(required=True)
    spent = fields.Integer(required=True)
    messages = fields.Integer(required=True)


class BudgetSchema(Body):
    """Of the shop's month (`2026-11`), in whole ₫."""

    month = fields.String(required=True)
    ceiling = fields.Integer(required=True)
    spent = fields.Integer(required=True)
    left = fields.Integer(required=True)
    channels = fields.List(fields.Nested(BudgetShareSchema), required=True)
    outlook = fields.Nested(OutlookSchema, required=True)


@blueprint.get("/budget")
@requires_scope("campaigns:read")
@blueprint.response(200, BudgetSchema)
def get_budget() -> dict[str, Any]:
    """The month's ceiling, what was spent by channel, and when it will be used up at the pace of the last days."""
    session, now = work.here().session, work.now()
    month = budget.of_month(session, now=now)
    shares = []
    for account_id, spent, messages in month.shares:
        account = accounts.get(session, account_id)
        shares.append({"channel": account.kind, "account": account.external_id, "spent": spent, "messages": messages})
    shown = {"month": month.month, "ceiling": month.ceiling, "spent": month.spent, "left": month.left}
    return {**shown, "channels": shares, "outlook": pace.of_month(session, now=now)}


def outlook_of(purse_id: int | None) -> Outlook | None:
    """Of money set aside; None without."""
    return pace.of_purse(work.here().session, purse_id, now=work.now())
