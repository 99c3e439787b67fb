"""The blanks of a campaign: each value as a person reads it, in their language, read for many at once."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns import content, letters, lifecycle, preview, values
from loyalty.campaigns.content import BadText
from loyalty.campaigns.fields import FIELDS
from loyalty.campaigns.letters import Addressee, BadPicture, Draft, Letter
from loyalty.campaigns.values import Reading
from loyalty.customers.models import Customer, CustomerStats
from loyalty.customers.traits import fields as own
from loyalty.customers.traits import values as own_values
from loyalty.customers.traits.fields import Definition
from loyalty.purchases import tastes
from loyalty.purchases.bills import Line
from loyalty.shop import of as shop_of
from loyalty.staff.audit import Author
from tests.builders import NOON
from tests.builders_campaigns import make_campaign, make_chat, make_person
from tests.builders_points import award

PERSONAL = [name for name, field in FIELDS.items() if field.is_personal]
DAY = timedelta(days=1)


def buyer(session: Session, name: str = "Lan", locale: str = "vi") -> Any:
    """Two lattes and a croissant ten days ago, another croissant four days ago."""
    customer = make_person(session, name)
    customer.locale = locale
    latte = Line(name="Latte đá", category="Cà phê", quantity=2, unit_price=40_000)
    cake = Line(name="Croissant", category="Bánh", quantity=1, unit_price=30_000)
    award(session, customer, 110_000, now=NOON - 10 * DAY, lines=[latte, cake])
    award(session, customer, 30_000, now=NOON - 4 * DAY, lines=[cake])
    tastes.keep(session, [customer.id])
    return customer


def read(session: Session, *customers: Any, fields: Any = tuple(FIELDS)) -> dict[int, Any]:
    locales = {each.id: each.locale or "vi" for each in customers}
    return values.read(session, Reading(customers, fields, locales, NOON))


def test_every_blank_is_filled_in_each_persons_language(session: Session) -> None:
    lan, emma, new = buyer(session), buyer(session, "Emma", "en"), make_person(session)
    found = read(session, lan, emma, new)
    assert found[lan.id] == {
        "name": "Lan",
        "shop": "Cà phê Mây",
        "points": "14 điểm",
        "tier": "Thành viên",
        "next_tier": "Bạc",
        "to_next_tier": "1.860.000đ",
        "expiring_points": "11 điểm",
        "expires_on": "12/11/2027",
        "last_visit": "18/11",
        "days_away": "4 ngày",
        "favourite_product": "Croissant",
        "favourite_category": "Bánh",
        "interest": "Bánh",
        **{name: value for name, value in found[lan.id].items() if name == "referral_link"},
    }
    assert found[emma.id]["points"] == "14 points" and found[emma.id]["last_visit"] == "18 Nov"
    assert found[new.id].get("last_visit") is None and "favourite_product" not in found[new.id]


def test_many_people_cost_no_more_queries_than_one(session: Session) -> None:
    people = [buyer(session, f"Lan {number}") for number in range(6)]
    session.flush()
    assert _queries(session, people[:1]) == _queries(session, people)


def _queries(session: Session, people: Any) -> int:
    """But those that load again the people themselves."""
    session.expire_all()
    asked: list[str] = []

    def hear(*call: Any) -> None:
        asked.append(call[2])

    sa.event.listen(session.get_bind(), "before_cursor_execute", hear)
    read(session, *people)
    sa.event.remove(session.get_bind(), "before_cursor_execute", hear)
    return len([each for each in asked if "FROM customer \nWHERE customer.id = " not in each])


def test_who_does_not_want_to_be_known_by_what_they_bought_is_not(session: Session) -> None:
    lan = buyer(session)
    session.get_one(CustomerStats, lan.id).refused = ",personalisation,"
    session.flush()
    assert set(read(session, lan)[lan.id]) & set(PERSONAL) == set()


@pytest.mark.parametrize("field", ["last_visit", "favourite_product", "expiring_points", "next_tier"])
def test_who_lacks_a_value_is_counted_as_blocked_and_named_when_sending(session: Session, field: str) -> None:
    make_chat(session, buyer(session))
    new = make_person(session, "Hoa", tier="gold")
    make_chat(session, new)
    campaign = make_campaign(session, f"Chào {{{{ name }}}}: {{{{ {field} }}}}")
    seen = preview.of_campaign(session, campaign, now=NOON)
    assert (seen.would_receive, seen.reasons) == (1, {f"missing:{field}": 1})
    letter = letters.of_campaign(session, campaign)
    [written] = letters.write(session, letter, [Addressee(new, "zalo")], now=NOON)
    assert (written.text, written.lacks) == (None, field)
    kept = letters.of_text(session, f'{{{{ {field} | "bạn" }}}}')
    assert letters.lacking(session, kept, NOON) == []


@pytest.mark.parametrize(
    ("channel", "locale", "wanted"),
    [
        ("zalo", "vi", "chính"),
        ("zalo", "en", "english"),
        ("messenger", "vi", "mess"),
        ("messenger", "en", "english mess"),
    ],
)
def test_each_reads_the_wording_for_their_language_and_channel(
    session: Session, channel: str, locale: str, wanted: str
) -> None:
    texts = {"en": "english", "messenger": "mess", "messenger.en": "english mess"}
    assert Letter("chính", "vi", texts).wording(channel, locale).text == wanted
    assert Letter("chính", "vi").wording(channel, locale) == ("chính", "vi")  # in the shop's where there is no other


def test_what_cannot_be_said_is_refused(session: Session) -> None:
    campaign = make_campaign(session)
    for texts in ({"fr": "Salut"}, {"zalo": "{{ ten }}"}, {"en": "{{ favourite_product }}" * 40}):
        with pytest.raises(BadText):
            lifecycle.furnish(session, campaign, Draft(texts=texts), now=NOON)
    for url in ("http://example.com/a.png", "https://10.0.0.1/a.png", "https://x", "https://a.local/b", "javascript:1"):
        with pytest.raises(BadPicture):
            lifecycle.furnish(session, campaign, Draft(image_url=url), now=NOON)
    lifecycle.furnish(session, campaign, Draft(image_url="https://example.com/a.png"), now=NOON)


def test_values_are_cut_and_cleaned_and_a_code_too_long_is_missing() -> None:
    place = content.parse("{{ favourite_product }}")
    assert content.render(place, {"favourite_product": "a\u202eb\n" + "x" * 99}) == "ab " + "x" * 56 + "…"
    code = content.parse("{{ voucher }}")
    assert content.render(code, {"voucher": "X" * 101}) is None and content.missing(code, {}) == "voucher"


def test_the_shop_stands_in_its_words(session: Session) -> None:
    lan = make_person(session, "Lan")
    letter = letters.of_text(session, "{{ shop }} nhớ {{ name }}")
    [written] = letters.write(session, letter, [Addressee(lan, "zalo")], now=NOON)
    assert written.text is not None and written.text.startswith(f"{shop_of(session).name} nhớ Lan")


def test_an_own_field_fills_its_blank_and_who_lacks_it_is_told(session: Session) -> None:
    by = Author("demo", "demo")
    own.define(session, Definition("visit", "Hẹn", "Visit", "date", "care", 12), by=by, now=NOON)
    own.define(session, Definition("milk", "Sữa", "Milk", "text", "care", 12, personal=True), by=by, now=NOON)
    lan, minh = make_person(session, "Lan"), make_person(session, "Minh")
    own_values.put_all(session, lan, {"visit": NOON.date(), "milk": "yến mạch"}, by=by, now=NOON)
    letter = letters.of_text(session, 'Sữa {{ custom.milk }}, hẹn {{ custom.visit | "bạn" }}')
    first, second = letters.write(session, letter, [Addressee(lan, "zalo"), Addressee(minh, "zalo")], now=NOON)
    assert (first.text or "").startswith("Sữa yến mạch, hẹn 22/11/2026")
    assert (second.text, second.lacks) == (None, "custom.milk")
    [(condition, reason)] = letters.lacking(session, letter, NOON)
    assert reason == "missing:custom.milk"
    query = sa.select(Customer.id).where(condition, Customer.id.in_([lan.id, minh.id]))
    assert session.scalars(query).all() == [minh.id]
    unknown = make_campaign(session, "Chào {{ custom.none }}")
    with pytest.raises(BadText, match=r"custom\.none"):
        letters.check(session, unknown)
