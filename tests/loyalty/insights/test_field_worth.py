"""Which data drives anything: counted, used, and named when nobody uses it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns import lifecycle
from loyalty.campaigns.models import CampaignResult, CampaignRun
from loyalty.choices import chosen
from loyalty.customers import tags
from loyalty.customers.traits import fields, values
from loyalty.customers.traits.fields import Definition
from loyalty.db import new_public_id
from loyalty.insights import field_counts, field_use, field_worth
from loyalty.insights.field_use import CustomFieldInUse
from loyalty.journeys import lifecycle as journeys
from loyalty.journeys.lifecycle import Written
from loyalty.journeys.models import JourneyEdition, JourneyEntry
from loyalty.segments import saved
from loyalty.staff.audit import Author
from tests.builders import NOON
from tests.builders_campaigns import make_person
from tests.builders_journeys import make_fan, make_journey, plan
from tests.builders_points import BILL_LIMIT, make_programme

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
    named = {"all": [{"field": "segment", "op": "=", "value": segment.public_id}]}
    campaign = lifecycle.create(
        session, "Giày mới", saved.create(session, "Họ", named, now=NOON).id, "{{ name }}, {{ custom.milk }}", now=NOON
    )
    run = CampaignRun(
        campaign_id=campaign.id, due_at=NOON, state="finished", cursor=0, top=0, started_at=NOON, finished_at=NOON
    )
    session.add(run)
    session.flush()
    kept = {"orders": 4, "revenue": 900_000, "meant": 40, "meant_buyers": 20, "held_out": 10, "held_buyers": 1}
    session.add(CampaignResult(run_id=run.id, numbers=kept, kept_at=NOON))
    session.flush()

    blank = field_worth.report(session, now=NOON)
    assert (blank.people, blank.is_asked, {each.people for each in blank.fields}) == (None, True, {None})
    field_counts.keep(session, field_counts.take(session), now=NOON)
    report = field_worth.report(session, now=NOON)
    assert (report.taken_at, report.is_asked) == (NOON, False)
    found = {each.code: each for each in report.fields}

    size = found["custom.size"]
    assert (report.people, size.people, size.age_days, size.campaigns, size.numbers.orders) == (2, 2, 15, 1, 4)
    assert [use.name for use in size.users] == ["Chân to", "Họ"]
    assert size.uplift is not None and round(size.uplift.by, 2) == 0.4
    assert [use.name for use in found["custom.milk"].users] == ["Giày mới"]
    assert (found["name"].people, found["tag"].people, found["email"].people) == (1, 1, 0)
    assert {code for code, each in found.items() if each.is_idle} == {
        *("custom.pet", "email", "birthday", "source_ref", "tag")
    }


def test_what_was_removed_or_written_over_holds_a_field_as_long_as_people_live_by_it(session: Session) -> None:
    made = [
        fields.define(session, Definition(key, key, key, "number", "care", 24), by=BY, now=NOON)
        for key in ("deep", "old")
    ]
    deep = saved.create(session, "Sâu", {"field": "custom.deep", "op": ">", "value": 1}, now=NOON)
    outer = saved.create(session, "Ngoài", {"field": "segment", "op": "=", "value": deep.public_id}, now=NOON)
    old = {"do": "send", "text": 'Cỡ {{ custom.old | "0" }} nhé'}
    journey = make_journey(session, plan(plan()["trigger"], old), segment=outer.public_id)
    for segment in (outer, deep):
        saved.remove(session, segment, now=NOON)
    first = session.scalars(sa.select(JourneyEdition)).one()
    lan = make_person(session, "Lan")
    who = {"public_id": new_public_id(), "journey_id": journey.id, "edition_id": first.id, "customer_id": lan.id}
    since = {"occasion": "once", "entered_at": NOON, "entered_on": NOON.date(), "position": 0, "due_at": NOON}
    entry = JourneyEntry(**who, **since, state="waiting")
    session.add(entry)
    make_fan(session, birthday=1110)
    chosen.save(session, {"approval_people": 0}, by="cli", now=NOON)
    journeys.edit(session, journey, Written("Mới", plan(), None), by="staff:an", now=NOON)
    for state in ("waiting", "done"):
        entry.state, entry.closed_at = state, None if state == "waiting" else NOON
        session.flush()
        assert journey.state == "waiting_approval"  # after a no the former edition is what people enter by
        for field in made:
            with pytest.raises(CustomFieldInUse) as used:
                field_use.archive(session, field, now=NOON)
            assert used.value.facts["names"] == ["Mới"]
    entry.state, entry.closed_at = "waiting", None
    journeys.approve(session, journey, by="staff:thu", now=NOON)
    assert all(field_use.alive(session)[0].asks(name) for name in ("custom.deep", "custom.old"))  # who is inside
    entry.state, entry.closed_at = "done", NOON
    session.flush()
    assert [field_use.archive(session, field, now=NOON) for field in made] == [True, True]


def test_a_birthday_is_needed_where_points_are_given_for_it(session: Session) -> None:
    rule = (
        '[[rules]]\ncode = "b"\nname = { vi = "B" }\nkind = "multiply"\nmultiplier = "2"\nwhen = { birthday = "day" }'
    )
    make_programme(session, 2, NOON.date(), {BILL_LIMIT: f"cashier_bill = 5000000\n{rule}"})
    found = {each.code: each for each in field_worth.report(session, now=NOON).fields}
    assert found["birthday"].always == field_worth.ON_BIRTHDAYS and not found["birthday"].is_idle
