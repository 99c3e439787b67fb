"""Codes are read aloud and typed by people: every single slip is noticed before anything is looked up."""

from itertools import permutations, product

import pytest

from loyalty.crypto import Keyring
from loyalty.rewards import codes
from loyalty.rewards.codes import RewardCodeUnclear
from loyalty.typed.codes import CODE_ALPHABET

SAMPLE = [codes.draw() for _ in range(60)]


def contribution(place: int, sign: str) -> int:
    """What a sign adds to the sum of a code; only the sum decides whether it holds."""
    return (13 - place) * CODE_ALPHABET.index(sign) % 31


def test_every_wrong_sign_changes_the_sum() -> None:
    """All places, all pairs of signs: 8 × 30 × 29 cases are all the single slips there are."""
    for place, (right, wrong) in product(range(codes.LENGTH), permutations(CODE_ALPHABET, 2)):
        assert contribution(place, right) != contribution(place, wrong)


def test_every_swap_of_any_two_signs_changes_the_sum() -> None:
    """Neighbours or not: all pairs of places, all pairs of different signs."""
    for (one, other), (a, b) in product(permutations(range(codes.LENGTH), 2), permutations(CODE_ALPHABET, 2)):
        as_written = contribution(one, a) + contribution(other, b)
        swapped = contribution(one, b) + contribution(other, a)
        assert (as_written - swapped) % 31 != 0


@pytest.mark.parametrize("code", SAMPLE[:5], ids=range(5))
def test_a_slip_in_a_real_code_is_no_code(code: str) -> None:
    for place, sign in product(range(codes.LENGTH), CODE_ALPHABET):
        slipped = code[:place] + sign + code[place + 1 :]
        assert codes.is_code(slipped) == (slipped == code)
    for place in range(codes.LENGTH - 1):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert codes.is_code(swapped) == (swapped == code)


@pytest.mark.parametrize("code", SAMPLE, ids=range(60))
def test_a_code_is_eight_unmistakable_signs_written_in_two_halves(code: str) -> None:
    assert len(code) == 8
    assert set(code) <= set(CODE_ALPHABET)
    assert set("01ILOU").isdisjoint(code)
    written = codes.write(code)
    assert written[4] == "-"
    for typed in (written, written.lower(), f" {code[:2]} {code[2:]} ", written.replace("-", "–")):
        assert codes.parse(typed) == code


@pytest.mark.parametrize("typed", ["", "K7P4", "K7P4-M2QX-2", "0000-0000", "không có", "K7P4-M2QL"])
def test_what_is_no_code_is_refused_with_a_right_example(typed: str) -> None:
    with pytest.raises(RewardCodeUnclear) as refused:
        codes.parse(typed)
    assert refused.value.facts["example"] == codes.EXAMPLE


def test_the_example_is_a_code() -> None:
    assert codes.is_code(codes.EXAMPLE)


def test_a_kept_code_opens_in_its_own_row_only() -> None:
    keys = Keyring.fresh()
    cell = codes.seal(keys, "K7P4M2QX", "row-1")
    assert b"K7P4" not in cell
    assert codes.unseal(keys, cell, "row-1") == "K7P4M2QX"
    assert codes.hash_of(keys, "K7P4M2QX") != codes.hash_of(Keyring.fresh(), "K7P4M2QX")
