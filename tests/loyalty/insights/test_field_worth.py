"""Which data drives anything: counted, used, and named when nobody uses it."""

from datetime import timedelta

from sqlalchemy.orm import Session

from loyalty.campaigns import lifecycle
from loyalty.campaigns.models import CampaignResult, CampaignRun
from loyalty.customers import tags
from loyalty.customers.traits import fields, values
from loyalty.customers.traits.fields import Definition
from loyalty.insights import field_worth
from loyalty.segments import saved
from loyalty.staff.audit import Author
from tests.builders import NOON
from tests.builders_campaigns import make_person

BY = Author("demo", "demo")
LONG_AGO = NOON - timedelta(days=60)


def test_each_field_says_who_has_it_what_uses_it_and_what_came(session: Session) -> None:
    for key in ("size", "pet", "milk"):
        fields.define(session, Definition(key, key, key, "number", "care", 24), by=BY, now=LONG_AGO)
    fields.define(session, Definition("fresh", "fresh", "fresh", "number", "care", 24), by=BY, now=NOON)
    lan, minh = make_person(session, "Lan"), make_person(session)
    values.put_all(session, lan, {"size": 38, "milk": 1}, by=BY, now=NOON - timedelta(days=10))
    values.put_all(session, minh, {"size": 42}, by=BY, now=NOON - timedelta(days=20))
    tags.give(session, lan.id, "vip", by=BY, now=NOON)
    segment = saved.create(session, "Chân to", {"field": "custom.size", "op": ">", "value": 41}, now=NOON)
    campaign = lifecycle.create(session, "Giày mới", segment.id, "{{ name }}, {{ custom.milk }}", now=NOON)
    run = CampaignRun(
        campaign_id=campaign.id, due_at=NOON, state="finished", cursor=0, top=0, started_at=NOON, finished_at=NOON
    )
    session.add(run)
    session.flush()
    kept = {"orders": 4, "revenue": 900_000, "meant": 40, "meant_buyers": 20, "held_out": 10, "held_buyers": 1}
    session.add(CampaignResult(run_id=run.id, numbers=kept, kept_at=NOON))
    session.flush()

    report = field_worth.report(session, now=NOON)
    found = {each.code: each for each in report.fields}

    size = found["custom.size"]
    assert (report.people, size.people, size.age_days, size.campaigns, size.numbers.orders) == (2, 2, 15, 1, 4)
    assert [use.name for use in size.users] == ["Chân to"]
    assert size.uplift is not None and round(size.uplift.by, 2) == 0.4
    assert [use.name for use in found["custom.milk"].users] == ["Giày mới"]
    assert (found["name"].people, found["tag"].people, found["email"].people) == (1, 1, 0)
    assert {code for code, each in found.items() if each.is_idle} == {
        *("custom.pet", "email", "birthday", "source_ref", "tag")
    }
