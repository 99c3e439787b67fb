"""The templates page and a customer's ways: what is shown, what may be chosen, and the way back."""

import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bots.channel import Parameter, PlatformTemplate
from loyalty.channels.models import ChannelAccount
from loyalty.choices import chosen
from loyalty.db import Database
from loyalty.messaging import templates
from loyalty.messaging.models import MessageTemplate, TemplateUse
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import make_account, make_chat, make_person
from tests.builders_console import Browser, Console, make_console

TOLD = PlatformTemplate(
    name="250001",
    title="Cộng điểm",
    locale="vi",
    status="enabled",
    tag="transaction",
    parameters=(Parameter("ten", longest=30), Parameter("diem", longest=20)),
    price_user=560,
    price_phone=800,
    quality="HIGH",
)
OTHER = replace(TOLD, name="250009", title="Cộng điểm mới")


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    with database.transaction() as session:
        account = make_account(session)
        templates.sync(session, account.id, [TOLD, OTHER], now=NOON)
        customer = make_person(session, "Lan Anh", points=320)
        make_chat(session, customer, last=None)
    return make_console(database, settings)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner")


def public_id(console: Console, name: str) -> str:
    with console.database.read_only() as session:
        return session.scalars(sa.select(MessageTemplate.public_id).filter_by(name=name)).one()


def uses(console: Console) -> list[tuple[str, dict[str, str]]]:
    with console.database.read_only() as session:
        return [(use.purpose, use.mapping) for use in session.scalars(sa.select(TemplateUse))]


def undo(owner: Browser) -> None:
    found = re.search(r'action="([^"]*/(?:release|again)[^"]*)"', owner.html)
    assert found is not None
    owner.post(found.group(1).replace("&amp;", "&"))


def test_the_page_lists_what_the_platform_told_with_its_prices(owner: Browser) -> None:
    owner.get("/console/channels/templates")
    for words in ("Cộng điểm mới", "560đ", "800đ", "chất lượng cao", "được duyệt", "Trần chi tiêu tháng là 0đ"):
        assert words in owner.page


def test_a_template_is_chosen_with_a_preview_of_a_real_customer_and_taken_back(
    console: Console, owner: Browser
) -> None:
    at = f"/console/channels/templates/{public_id(console, '250001')}"
    owner.get(f"{at}?purpose=awarded&place_0=name&place_1=balance")
    assert "Lan Anh" in owner.page and "320" in owner.page
    owner.post(f"{at}/use", purpose="awarded", place_0="name", place_1="points")
    assert "nay dùng cho: báo được cộng điểm" in owner.page
    assert uses(console) == [("awarded", {"ten": "name", "diem": "points"})]
    undo(owner)
    assert uses(console) == []


def test_choosing_another_template_can_be_undone_to_the_one_before(console: Console, owner: Browser) -> None:
    first, second = (f"/console/channels/templates/{public_id(console, name)}" for name in ("250001", "250009"))
    owner.post(f"{first}/use", purpose="awarded", place_0="name", place_1="points")
    owner.post(f"{second}/use", purpose="awarded", place_0="name", place_1="balance")
    undo(owner)
    assert uses(console) == [("awarded", {"ten": "name", "diem": "points"})]


def test_a_blank_with_nothing_to_fill_it_is_refused_by_name(console: Console, owner: Browser) -> None:
    at = f"/console/channels/templates/{public_id(console, '250001')}"
    answer = owner.post(f"{at}/use", purpose="awarded", place_0="name", place_1="")
    assert answer.status_code == 422
    assert "Chọn cái sẽ điền vào ô «diem»" in owner.page
    assert uses(console) == []


def test_a_chosen_template_that_changed_says_what_keeps_it_back(console: Console, owner: Browser) -> None:
    at = f"/console/channels/templates/{public_id(console, '250001')}"
    owner.post(f"{at}/use", purpose="awarded", place_0="name", place_1="points")
    with console.database.transaction() as session:
        more = replace(TOLD, parameters=(*TOLD.parameters, Parameter("ngay")))
        templates.sync(session, make_account(session).id, [more], now=NOON)
    owner.get("/console/channels/templates")
    assert "còn ô «ngay» chưa có gì điền" in owner.page


@pytest.mark.parametrize("fields", [{"purpose": "greeting"}, {"purpose": "promotion", "place_0": "text"}, {}])
def test_nonsense_changes_nothing(console: Console, owner: Browser, fields: dict[str, Any]) -> None:
    at = f"/console/channels/templates/{public_id(console, '250001')}"
    assert owner.post(f"{at}/use", **fields).status_code == 422
    assert owner.post(f"{at}/again?mapping=[[&purpose=awarded").status_code in (404, 422)
    assert uses(console) == []


def test_a_way_that_costs_money_is_switched_on_by_the_owner_only(console: Console, owner: Browser) -> None:
    with console.database.read_only() as session:
        account_id = session.scalars(sa.select(ChannelAccount.id)).one()
    manager = console.sign_in("manager")
    assert manager.post(f"/console/channels/ways/{account_id}/package/on").status_code == 403
    owner.post(f"/console/channels/ways/{account_id}/package/on")
    with console.database.read_only() as session:
        assert session.get_one(ChannelAccount, account_id).bills_package
    assert owner.post(f"/console/channels/ways/{account_id}/rockets/on").status_code == 404


def test_a_customers_page_says_which_way_a_message_would_go(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        minh = make_person(session, "Minh")
        make_chat(session, minh)
        chosen.save(session, {"monthly_budget": 1_000}, by="cli", now=NOON)
        at = f"/console/customers/{minh.public_id}/ways"
    owner.get(at)
    assert "Bây giờ sẽ gửi bằng: Tin miễn phí trong hạn." in owner.page
    owner.get(f"{at}?purpose=human")
    assert "Bây giờ sẽ gửi bằng" in owner.page
    owner.get(f"{at}?purpose=nonsense")
    assert "chưa chọn mẫu tin cho việc này" in owner.page
