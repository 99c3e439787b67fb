"""Rules tried on the shop's own history."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from loyalty.points import simulation
from loyalty.points.simulation import Given, Month, Tally
from loyalty.programme.document import Programme
from loyalty.programme.reading import read
from loyalty.purchases.bills import Line
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import DEMO, award, demo_programme, undo

DEMO_TEXT = DEMO.read_text(encoding="utf-8")
TODAY = date(2026, 11, 22)
COFFEE = """
[[rules]]
code = "coffee"
name = { vi = "Cà phê" }
kind = "multiply"
on = "line"
multiplier = "2"
[rules.when]
categories = ["Cà phê"]
[[rules]]
code = "first"
name = { vi = "Lần đầu" }
kind = "bonus"
points = 20
[rules.when]
first_purchase = true
[rules.caps]
budget = 30
"""


def rules(*changes: tuple[str, str], more: str = "") -> Programme:
    document = DEMO_TEXT + more
    for old, new in changes:
        assert old in document
        document = document.replace(old, new)
    return read(9, document).must()


def simulate(session: Session, programme: Programme, *, limit: int = 300) -> Tally:
    tally = simulation.begin(session, TODAY - timedelta(days=90), TODAY, TODAY)
    while not tally.is_done:
        tally = Tally.of_json(simulation.advance(session, programme, tally, limit=limit).to_json())
    return tally


def test_the_rules_in_force_give_what_they_gave(session: Session) -> None:
    lan = make_customer(session)
    for days, total in ((60, 1_995_000), (30, 255_000), (1, 99_000)):
        award(session, lan, total, now=NOON - timedelta(days=days))
    undo(session, award(session, lan, 500_000))

    tally = simulate(session, demo_programme())

    assert (tally.before, tally.after, tally.moves) == (237, 237, {})
    assert {name: (month.bills, month.spent) for name, month in tally.months.items()} == {
        "2026-09": (1, 1_995_000),
        "2026-10": (1, 255_000),
        "2026-11": (1, 99_000),
    }


def test_other_rules_cost_what_they_would_have_cost_by_month_and_by_rule(session: Session) -> None:
    for _ in range(2):
        lines = (Line("Latte", 1, 200_000, category="Cà phê"), Line("Bánh", 1, 50_000))
        award(session, make_customer(session), 250_000, lines=lines)
    programme = rules(more=COFFEE + "[redemption]\npoint_value = 500\n")

    tally = simulate(session, programme, limit=1)

    assert tally.months == {"2026-11": Month(bills=2, spent=500_000, before=50, after=45 + 20 + 45 + 10)}
    assert tally.rules == {"coffee": Given(2, 0, 400_000), "first": Given(2, 30, 0)}
    assert simulation.cost(programme, tally.after - tally.before) == 35_000
    assert simulation.cost(rules(), 10) is None


def test_it_says_whose_tier_would_be_another(session: Session) -> None:
    lan, minh = make_customer(session), make_customer(session)
    award(session, lan, 2_500_000)
    award(session, minh, 1_000_000)
    programme = rules(("spend = 2000000", "spend = 3000000"))

    tally = simulate(session, programme)

    assert (tally.moves, tally.examples) == ({"silver>member": 1}, {"silver>member": [lan.public_id]})
    assert simulate(session, rules(("spend = 2000000", "spend = 900000"))).moves == {"member>silver": 1}


def test_a_tier_reached_earlier_multiplies_earlier(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 1_000_000, now=NOON - timedelta(days=2))
    award(session, lan, 1_000_000)

    assert simulate(session, rules(("spend = 2000000", "spend = 1000000"))).after == 100 + 125


def test_other_windows_and_metrics_can_be_tried(session: Session) -> None:
    lan = make_customer(session)
    for days in (200, 100, 1):
        award(session, lan, 100_000, now=NOON - timedelta(days=days))
    orders = ("[qualification]\nmonths = 12", '[qualification]\nmetric = "orders"\nmonths = 6')
    tiers = (("spend = 0", "orders = 0"), ("spend = 2000000", "orders = 2"), ("spend = 10000000", "orders = 3"))

    assert simulate(session, rules(orders, *tiers)).moves == {"member>silver": 1}


def test_a_shop_without_customers_is_done_at_once(session: Session) -> None:
    assert simulate(session, demo_programme()).is_done
