"""One value of a document is changed; every other letter stays."""

import tomllib

import pytest

from loyalty.programme import editing
from loyalty.programme.editing import CannotEdit, Put

TEXT = """# our rules
name = "Khách quen"

[earning]
per_amount = 10000 # ₫ for one point

# levels
[[tiers]]
code = "member"
multiplier = "1"
[tiers.benefits]
vi = ["một # hai"]

[[tiers]]
code = "silver"
multiplier = "1.25"

# Tết only
[[rules]]
code = "tet"
when = { days = ["tet"], stores = ["main"] }
[rules.caps]
person = 5

[[rules]]
code = "long"
[rules.when]
products = [
  "A", # first
  "B",
]
"""


def changed(old: str, new: str) -> tuple[set[str], set[str]]:
    return set(old.splitlines()) - set(new.splitlines()), set(new.splitlines()) - set(old.splitlines())


def test_a_value_is_changed_and_its_comment_stays() -> None:
    new = editing.put(TEXT, [Put("earning", "per_amount", 20000)])

    assert changed(TEXT, new) == (
        {"per_amount = 10000 # ₫ for one point"},
        {"per_amount = 20000 # ₫ for one point"},
    )


def test_a_value_that_goes_leaves_its_comment() -> None:
    new = editing.put(TEXT, [Put("earning", "per_amount", None)])

    assert changed(TEXT, new) == ({"per_amount = 10000 # ₫ for one point"}, {"# ₫ for one point"})


def test_a_value_that_stands_there_already_changes_no_letter() -> None:
    assert editing.put(TEXT, [Put("earning", "per_amount", 10000), Put("tiers[0]", "multiplier", "1")]) == TEXT


def test_a_key_comes_to_its_table_and_a_table_to_the_document() -> None:
    new = editing.put(TEXT, [Put("earning", "carry", False), Put("pending", "days", 3), Put("tiers[1]", "spend", 5)])

    said = tomllib.loads(new)
    assert said["earning"] == {"per_amount": 10000, "carry": False} and said["pending"] == {"days": 3}
    assert said["tiers"][1]["spend"] == 5 and changed(TEXT, new)[0] == set()


def test_a_table_below_one_of_a_list_comes_to_that_one() -> None:
    new = editing.put(TEXT, [Put("tiers[1].benefits", "vi", ["ly"]), Put("rules[0].caps", "person", None)])

    said = tomllib.loads(new)
    assert said["tiers"][1]["benefits"] == {"vi": ["ly"]} and said["rules"][0]["caps"] == {}


def test_a_table_in_one_line_keeps_its_other_values() -> None:
    new = editing.put(TEXT, [Put("rules[0].when", "days", ["mid_autumn"])])

    assert 'when = { days = ["mid_autumn"], stores = ["main"] }' in new


def test_a_value_over_several_lines_goes_whole() -> None:
    new = editing.put(TEXT, [Put("rules[1].when", "products", ["C"])])

    assert tomllib.loads(new)["rules"][1]["when"] == {"products": ["C"]} and "first" not in new


def test_a_table_of_a_list_comes_last_and_goes_with_all_below_it() -> None:
    more = editing.add(TEXT, "tiers", {"code": "gold", "multiplier": "2", "name": {"vi": 'Vàng "1"'}})
    less = editing.remove(more, "tiers", 0)

    assert [tier["code"] for tier in tomllib.loads(more)["tiers"]] == ["member", "silver", "gold"]
    assert [tier["code"] for tier in tomllib.loads(less)["tiers"]] == ["silver", "gold"]
    assert "# levels" in less and "# Tết only" in less
    assert [rule["code"] for rule in tomllib.loads(editing.remove(TEXT, "rules", 0))["rules"]] == ["long"]


@pytest.mark.parametrize("text", ['rules = [{ code = "a" }]', 'a.b = 1\nrules = [\n{ code = "a" },\n]\n'])
def test_what_cannot_be_changed_alone_is_refused(text: str) -> None:
    with pytest.raises(CannotEdit):
        editing.put(text, [Put("rules[0]", "code", "b")])
    with pytest.raises(CannotEdit):
        editing.remove(text, "rules", 0)
