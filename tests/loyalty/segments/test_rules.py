"""What the language of segments accepts, and where it says no."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty.programme import versions
from loyalty.segments import fields, rules, schema, sentence
from loyalty.segments.frame import Named, Things
from loyalty.segments.models import Segment
from loyalty.segments.rules import BadRules, Condition, Frame, Group, Not
from loyalty.settings import ROOT
from loyalty.shop import Shop

PROGRAMME = versions.parse(1, (ROOT / "loyalty/programme/demo.toml").read_text(encoding="utf-8"))
SHOP = Shop("Mây", "", "", ZoneInfo("Asia/Ho_Chi_Minh"), None, "vi", 0)


class Known(Things):
    """One of each, without a database: the examples of the fields."""

    def _list(self, key: str, query: Any) -> Named:
        return {"stores": [("MAIN", "Quán Mây")], "tags": []}.get(key, [("id", "Tháng 11")])

    def _one(self, key: str, query: Any) -> Any:
        rules_of = {"segment id": LEAF, "segment loop": is_("segment", "=", "loop")} | {
            f"segment deep{n}": is_("segment", "=", f"deep{n + 1}") for n in range(9)
        }
        if key.startswith("campaign"):
            return "Tháng 11" if key == "campaign id" else None
        return Segment(name=key.upper(), rules=rules_of[key]) if key in rules_of else None


FRAME = Frame(PROGRAMME, SHOP, date(2026, 11, 22), frozenset({"zalo", "messenger", "z_lo", "e"}), things=Known())


def is_(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


LEAF = is_("points", ">", 1)


def nested(depth: int) -> Any:
    """A condition under so many levels less one."""
    tree: Any = LEAF
    for _ in range(depth - 1):
        tree = {"not": tree}
    return tree


@pytest.mark.parametrize("called", ["silver", "Bạc", "bac", " BẠC ", "Silver"])
def test_a_tier_is_called_by_code_or_by_any_of_its_names(called: str) -> None:
    assert rules.parse(is_("tier", "=", called), FRAME) == Condition("tier", "=", ("silver",))


def test_groups_keep_their_order() -> None:
    read = rules.parse({"any": [{"not": LEAF}, {"all": []}, LEAF]}, FRAME)
    leaf = Condition("points", ">", (1,))
    assert read == Group(False, (Not(leaf), Group(True, ()), leaf))


@pytest.mark.parametrize("field", fields.ALL)
def test_every_field_takes_its_example_with_each_of_its_ops(field: str) -> None:
    declared = fields.ALL[field]
    right = schema.example_of(declared)
    for op in declared.kind.ops:
        one = right["value"]
        value = [one, one] if op == "between" else [one] if op in rules.CHOICE else one
        read = rules.parse({**right, "op": op, "value": value}, FRAME)
        assert isinstance(read, Condition)
        for locale in ("vi", "en"):
            said = sentence.describe_condition(read, FRAME, locale)
            assert said and "{" not in said and "  " not in said


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ({}, "rules"),
        (None, "rules"),
        ([], "rules"),
        ("all", "rules"),
        ({"all": [], "any": []}, "rules"),
        ({"all": {}}, "rules.all"),
        ({"any": [LEAF, {}]}, "rules.any.1"),
        ({"not": []}, "rules.not"),
        ({"field": "points", "op": ">"}, "rules"),
        ({**LEAF, "extra": 1}, "rules"),
        (is_("phone", "=", "0912345678"), "rules.field"),
        (is_("points; DROP TABLE customer", "=", 1), "rules.field"),
        (is_(["points"], "=", 1), "rules.field"),  # type: ignore[arg-type]  # a stranger's JSON
        (is_("points", "like", 1), "rules.op"),
        (is_("points", None, 1), "rules.op"),  # type: ignore[arg-type]  # a stranger's JSON
        (is_("channel", "<", "zalo"), "rules.op"),
        (is_("has_phone", ">", True), "rules.op"),
        (is_("points", "=", True), "rules.value"),
        (is_("points", "=", "5"), "rules.value"),
        (is_("points", "=", 5.0), "rules.value"),
        (is_("points", "=", None), "rules.value"),
        (is_("points", "=", 2**53 + 1), "rules.value"),
        (is_("points", "=", [5]), "rules.value"),
        (is_("points", "between", [1]), "rules.value"),
        (is_("points", "between", [1, 2, 3]), "rules.value"),
        (is_("points", "between", [2, 1]), "rules.value"),
        (is_("tier", "between", ["gold", "silver"]), "rules.value"),
        (is_("points", "between", [1, True]), "rules.value.1"),
        (is_("points", "in", []), "rules.value"),
        (is_("points", "in", 5), "rules.value"),
        (is_("points", "in", [1, "2"]), "rules.value.1"),
        (is_("points", "in", [1] * 101), "rules.value"),
        (is_("tier", "=", "platinum"), "rules.value"),
        (is_("tier", "=", ""), "rules.value"),
        (is_("tier", "=", "x" * 10_000), "rules.value"),
        (is_("tier", "=", 1), "rules.value"),
        (is_("channel", "=", "za%lo"), "rules.value"),
        (is_("channel", "=", ""), "rules.value"),
        (is_("channel", "=", "zallo"), "rules.value"),
        (is_("channel", "in", ["zalo", "telegram"]), "rules.value.1"),
        (is_("has_phone", "=", 1), "rules.value"),
        (is_("tag", "=", ""), "rules.value"),
        (is_("tag", "=", "x" * 201), "rules.value"),
        (is_("tag", "=", "\u200b"), "rules.value"),
        (is_("tag", "<", "vip"), "rules.op"),
        (is_("last_store", "=", "Q9"), "rules.value"),
        (is_("source", "=", "' OR 1=1 --"), "rules.value"),
        (is_("points", "=", float("nan")), "rules.value"),
        (is_("points", "=", float("inf")), "rules.value"),
        (is_("segment", "=", "gone"), "rules.value"),
        (is_("segment", "=", "loop"), "rules.value"),
        (is_("segment", "=", "deep0"), "rules.value"),
        (is_("segment", "in", ["id", "gone"]), "rules.value.1"),
        ({**LEAF, "of": "x"}, "rules.of"),
        ({**LEAF, "within_days": 3}, "rules.within_days"),
        (is_("bought.category", ">=", 1), "rules.of"),
        ({**is_("bought.category", ">=", 1), "of": []}, "rules.of"),
        ({**is_("bought.category", ">=", 1), "of": ["x"] * 21}, "rules.of"),
        ({**is_("bought.category", ">=", 1), "of": ["x", 1]}, "rules.of.1"),
        ({**is_("bought.category", ">=", 1), "of": "x", "within_days": 0}, "rules.within_days"),
        ({**is_("bought.category", ">=", 1), "of": "x", "within_days": True}, "rules.within_days"),
        ({**is_("bought.store", ">=", 1), "of": "Q9"}, "rules.of"),
        (is_("bought.times", ">=", 1), "rules.within_days"),
        ({**is_("bought.times", ">=", 1), "within_days": 10**30}, "rules.within_days"),
        (is_("consent.promotion", "=", "yes"), "rules.value"),
        ({"all": [LEAF] * 100}, "rules.all.99"),
        (nested(7), "rules" + ".not" * 6),
    ],
)
def test_what_says_nothing_clear_is_refused_where_it_stands(wanted: Any, path: str) -> None:
    with pytest.raises(BadRules) as refused:
        rules.parse(wanted, FRAME)
    assert refused.value.facts["path"] == path
    assert refused.value.code == "segment_rules"


def test_six_levels_and_a_hundred_nodes_are_enough_for_anybody() -> None:
    rules.parse(nested(6), FRAME)
    rules.parse({"all": [LEAF] * 99}, FRAME)


def test_conditions_are_listed_with_their_paths() -> None:
    tree = rules.parse({"all": [LEAF, {"not": {"any": [is_("orders", "=", 0)]}}]}, FRAME)
    assert [path for path, _ in rules.conditions(tree)] == ["rules.all.0", "rules.all.1.not.any.0"]


def test_what_segments_name_counts_with_the_rules_that_name_them() -> None:
    named = is_("segment", "=", "id")
    rules.parse({"all": [named] * 49}, FRAME)
    with pytest.raises(BadRules, match="over 100 conditions"):
        rules.parse({"all": [named] * 50}, FRAME)
    with pytest.raises(BadRules, match="circle"):
        rules.parse(named, FRAME, of="id")
