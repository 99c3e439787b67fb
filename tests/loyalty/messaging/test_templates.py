"""Templates as the platform tells of them, chosen for a purpose, and never sent with an empty place."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.channel import Action, Parameter, PlatformTemplate, SendError
from jobs.registry import Context
from jobs.templates import sync_templates
from loyalty.alerts import raising
from loyalty.channels import accounts
from loyalty.db import Database
from loyalty.messaging import templates
from loyalty.messaging.models import MessageTemplate
from loyalty.messaging.templates import TemplateNotFound, TemplateUnfit
from loyalty.settings import Settings
from loyalty.staff.audit import Author
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_campaigns import make_account
from tests.fakes import FakeChannel

BY = Author("cli", "cli")
TOLD = PlatformTemplate(
    name="250001",
    title="Cộng điểm",
    locale="vi",
    status="enabled",
    tag="transaction",
    parameters=(Parameter("customer_name", longest=30), Parameter("points"), Parameter("note", is_required=False)),
    price_user=560,
    price_phone=800,
    quality="HIGH",
)
MAPPING = {"customer_name": "name", "points": "points"}


@pytest.fixture
def account(session: Session) -> int:
    return make_account(session).id


def only(session: Session) -> MessageTemplate:
    return session.scalars(sa.select(MessageTemplate)).one()


def test_what_the_platform_tells_is_kept_and_told_again_changes_nothing(session: Session, account: int) -> None:
    assert templates.sync(session, account, [TOLD], now=NOON) == 1
    first = only(session).public_id
    templates.sync(session, account, [replace(TOLD, price_user=600)], now=NOON)
    kept = only(session)
    assert (kept.public_id, kept.price_user, kept.price_phone, kept.quality) == (first, 600, 800, "HIGH")
    assert kept.parameters[0] == {"name": "customer_name", "is_required": True, "shortest": 0, "longest": 30}


def test_a_template_the_platform_tells_of_no_more_is_gone_and_comes_back(session: Session, account: int) -> None:
    templates.sync(session, account, [TOLD], now=NOON)
    templates.sync(session, account, [], now=NOON)
    assert only(session).status == "gone"
    templates.sync(session, account, [TOLD], now=NOON)
    assert only(session).status == "enabled"


def test_the_job_reads_every_channel_and_a_refused_one_keeps_what_was_known(
    database: Database, settings: Settings
) -> None:
    channel = FakeChannel()
    channel.listed = [TOLD]
    with database.transaction() as session:
        accounts.ensure(session, "zalo", "oa1", window=timedelta(hours=48), now=NOON)
    context = Context(database, settings, {"zalo": channel}, lambda: NOON)
    sync_templates(context, NOON)
    channel.failures = [SendError(Action.RETRY, "-32")]
    channel.listed = []
    sync_templates(context, NOON)
    with database.read_only() as session:
        assert only(session).status == "enabled"


def test_a_chosen_template_is_written_down_with_who_chose_it(session: Session, account: int) -> None:
    templates.sync(session, account, [TOLD], now=NOON)
    templates.assign(session, "awarded", only(session).public_id, MAPPING, by=BY, now=NOON)
    [choice] = templates.choices(session, "awarded").values()
    assert (choice.name, choice.fault) == ("250001", None)
    entry = session.scalars(sa.select(AuditEntry).filter_by(action="template_chosen")).one()
    assert entry.detail == {"purpose": "awarded", "mapping": MAPPING}
    templates.release(session, "awarded", only(session).public_id, by=BY, now=NOON)
    templates.release(session, "awarded", only(session).public_id, by=BY, now=NOON)
    assert not templates.choices(session, "awarded")


def test_the_owner_hears_of_a_chosen_template_that_can_be_sent_no_more(session: Session, account: int) -> None:
    templates.sync(session, account, [TOLD], now=NOON)
    templates.assign(session, "awarded", only(session).public_id, MAPPING, by=BY, now=NOON)
    for told, count in ((TOLD, 0), (replace(TOLD, status="disabled"), 1), (TOLD, 0)):
        templates.sync(session, account, [told], now=NOON)
        templates.look_after(session, account, now=NOON)
        assert [alert.kind for alert in raising.list_open(session)] == ["template_unfit"] * count


@pytest.mark.parametrize(
    ("purpose", "told", "mapping", "problem"),
    [
        ("greeting", TOLD, MAPPING, "purpose"),
        ("awarded", replace(TOLD, status="disabled"), MAPPING, "status"),
        ("promotion", TOLD, {"customer_name": "name", "points": "text"}, "tag"),
        ("awarded", TOLD, {"customer_name": "name"}, "parameter"),
        ("awarded", TOLD, MAPPING | {"colour": "name"}, "parameter"),
        ("awarded", TOLD, MAPPING | {"points": "password"}, "place"),
        ("awarded", TOLD, MAPPING | {"points": "text"}, "place"),
    ],
)
def test_a_template_that_cannot_serve_is_refused_and_nothing_changes(
    session: Session, account: int, purpose: str, told: PlatformTemplate, mapping: dict[str, str], problem: str
) -> None:
    templates.sync(session, account, [told], now=NOON)
    with pytest.raises(TemplateUnfit) as refused:
        templates.assign(session, purpose, only(session).public_id, mapping, by=BY, now=NOON)
    assert refused.value.problem == problem
    assert not templates.list_uses(session)


def test_a_template_nobody_knows_is_not_found(session: Session) -> None:
    with pytest.raises(TemplateNotFound):
        templates.assign(session, "awarded", "nothing", {}, by=BY, now=NOON)


def blank(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "is_required": True, "shortest": 0, "longest": None} | more


@pytest.mark.parametrize(
    ("parameters", "facts", "values", "fault"),
    [
        ([blank("n")], {"name": "Lan"}, {"n": "Lan"}, None),
        ([blank("n")], {"name": ""}, {}, "template_value"),
        ([blank("n")], {}, {}, "template_value"),
        ([blank("n", longest=3)], {"name": "Lan"}, {"n": "Lan"}, None),
        ([blank("n", longest=2)], {"name": "Lan"}, {}, "template_value"),
        ([blank("n", shortest=3)], {"name": "Lan"}, {"n": "Lan"}, None),
        ([blank("n", shortest=4)], {"name": "Lan"}, {}, "template_value"),
        ([blank("n", longest=3)], {"name": "La\u0302n"}, {"n": "Lân"}, None),  # decomposed: three letters all the same
        ([blank("n")], {"name": " Lan \n Anh "}, {"n": "Lan Anh"}, None),
        ([blank("n", is_required=False)], {"name": ""}, {}, None),
        ([blank("other")], {"name": "Lan"}, {}, "template_mapping"),
        ([blank("other", is_required=False)], {"name": "Lan"}, {}, None),
        ([blank("n")], {"name": "{{ name }}"}, {"n": "{{ name }}"}, None),  # a value is never read again
    ],
)
def test_blanks_are_filled_in_or_keep_the_message_back(
    parameters: list[dict[str, Any]], facts: dict[str, str], values: dict[str, str], fault: str | None
) -> None:
    filled = templates.fill(parameters, {"n": "name"}, facts)
    assert (dict(filled.values), filled.fault) == (values, fault)
