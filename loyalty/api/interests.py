"""/customers/{id}/interests: what they buy often, and what they told; theirs to correct."""

from typing import Any

from marshmallow import fields

from loyalty.api import blueprints, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Instant, Text
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.customers.traits import interests
from loyalty.staff.audit import Author

blueprint = blueprints.resource("interests", "What customers are interested in, from bills and as they told.", order=19)


class OneInterest(Body):
    """A short word."""

    interest = Text(1, interests.LONGEST, required=True, example="trà sữa")


class InterestSchema(Body):
    """`kind`: category, product, told; `times`: standing bills with it; `source`: of what was told."""

    interest = fields.String(required=True)
    kind = fields.String(required=True)
    times = fields.Integer(required=True)
    told_at = Instant(required=True, allow_none=True)
    source = fields.String(required=True, allow_none=True)


class InterestsSchema(Body):
    items = fields.List(fields.Nested(InterestSchema), required=True)


@blueprint.get("/customers/<public_id:customer>/interests")
@requires_scope("customers:read")
@blueprint.response(200, InterestsSchema)
def list_interests(customer: str) -> dict[str, Any]:
    """What was told first, then what is bought most often; what they took away is not among it."""
    return _show(profiles.get_public(work.here().session, customer))


@blueprint.post("/customers/<public_id:customer>/interests")
@requires_scope("customers:write")
@blueprint.arguments(OneInterest)
@blueprint.response(200, InterestsSchema)
def tell_interest(asked: dict[str, Any], customer: str) -> dict[str, Any]:
    """They told it, also where they had taken it away before."""
    found = profiles.get_public(work.here().session, customer)
    by = Author(work.here().caller.actor, "api")
    interests.tell(work.here().session, found.id, asked["interest"], by=by, now=work.now())
    work.note("interest_told", f"customer:{found.public_id}")
    return _show(found)


@blueprint.post("/customers/<public_id:customer>/interests/remove")
@requires_scope("customers:write")
@blueprint.arguments(OneInterest)
@blueprint.response(200, InterestsSchema)
def refuse_interest(asked: dict[str, Any], customer: str) -> dict[str, Any]:
    """It is none of theirs, whatever they buy, also what nothing is known of yet."""
    found = profiles.get_public(work.here().session, customer)
    by = Author(work.here().caller.actor, "api")
    if interests.refuse(work.here().session, found.id, asked["interest"], by=by, now=work.now()):
        work.note("interest_refused", f"customer:{found.public_id}")
    return _show(found)


def _show(customer: Customer) -> dict[str, Any]:
    found = interests.list_of(work.here().session, customer.id)
    return {
        "items": [
            {"interest": each.shown, "kind": each.kind, "times": each.times, "told_at": each.told_at}
            | {"source": each.source if each.told_at else None}
            for each in found
        ]
    }
