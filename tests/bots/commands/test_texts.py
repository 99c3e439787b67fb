import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bots
import loyalty
from bots.commands import CUSTOMER, Command, menus, registry
from bots.texts import PLACE, text, wordings
from loyalty.errors import LoyaltyError

# Where the refusals of chat commands come from, and in them what only console and command line raise.
REACHED = ("errors", "vault", "typed", "customers", "staff", "purchases", "points", "rewards")
ELSEWHERE = (
    *("loyalty.customers.casework", "loyalty.customers.corrections", "loyalty.customers.emails"),
    *("loyalty.staff.keys", "loyalty.staff.stores", "loyalty.staff.passwords", "loyalty.staff.credentials"),
    *("loyalty.staff.invitations", "loyalty.staff.second_factor", "loyalty.staff.sessions", "loyalty.staff.signin"),
    "loyalty.points.replay",  # of the command line only
)
ELSEWHERE_CODES = {
    "hours_unclear",
    "last_owner",
    "bad_reward",
    "reward_has_no_codes",
    "too_many_codes",
    "case_due_too_early",
    "case_not_found",
    "email_taken",
    "staff_name_taken",
    "staff_name_unclear",
    "unknown_tier",  # of simulations
}
REASONS = {
    "award_unclear": "missing_customer missing_amount two_customers two_amounts leftover nothing",
    "money_unclear": "guess choices sum negative zero too_large fraction mixed_separators",
    "phone_unclear": "empty missing too_short too_long landline not_mobile foreign placeholder missing_zero two_phones",
    "receipt_unclear": "empty",
    "points_unclear": "missing sign money",
    "bad_adjustment": "reason",
}


def refusals() -> Iterator[type[LoyaltyError]]:
    """Every refusal a command may raise."""
    reached = tuple(f"loyalty.{name}" for name in REACHED)
    for module in pkgutil.walk_packages(loyalty.__path__, "loyalty."):
        if module.name.startswith(reached):
            importlib.import_module(module.name)
    registry()
    waiting = [LoyaltyError]
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        is_reached = refusal.__module__.startswith((*reached, "bots.commands"))
        if is_reached and not refusal.__module__.startswith(ELSEWHERE) and refusal.code not in ELSEWHERE_CODES:
            yield refusal


def test_both_languages_have_the_same_sentences_with_the_same_places() -> None:
    vietnamese, english = wordings("vi"), wordings("en")

    assert set(vietnamese) == set(english)
    for key, wording in vietnamese.items():
        assert sorted(set(PLACE.findall(wording))) == sorted(set(PLACE.findall(english[key]))), key


@pytest.mark.parametrize("locale", ["vi", "en"])
def test_every_refusal_of_the_domain_has_words(locale: str) -> None:
    known = wordings(locale)
    missing = {refusal.code for refusal in refusals()} - {key.removeprefix("error.") for key in known}

    assert missing == set()


def test_every_reason_of_an_unclear_line_has_words_of_its_own() -> None:
    for code, reasons in REASONS.items():
        for reason in reasons.split():
            assert f"error.{code}.{reason}" in wordings("vi")


def test_every_command_with_an_example_is_in_a_menu() -> None:
    shown: set[Command] = {
        found for audience in {c.audience for c in registry().values()} for found in menus.listed(audience)
    }

    assert shown == {found for found in registry().values() if found.help}


def test_every_sentence_is_used_by_the_code() -> None:
    """Keys are written out in the code, whole or with a place for a name."""
    code = "".join(path.read_text(encoding="utf-8") for path in Path(bots.__path__[0]).rglob("*.py"))
    used = set(re.findall(r'"([a-z_]+\.[^"\s]+)"', code))
    patterns = [re.compile(re.sub(r"\\\{[^}]*\\\}", r"[a-z_.]+", re.escape(key))) for key in used]
    unused = [key for key in wordings("vi") if not any(pattern.fullmatch(key) for pattern in patterns)]

    assert [key for key in unused if not key.startswith(("error.", "help."))] == []


def test_values_are_never_read_as_sentences() -> None:
    assert (
        text("welcome.hello", "vi", who="{shop} {who}", shop="A{link}")
        == "Chào {shop} {who}, mình là trợ lý của A{link} 👋"
    )


def test_a_missing_value_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        text("welcome.hello", "vi", who="Lan")


def test_a_language_we_do_not_have_is_answered_in_vietnamese() -> None:
    assert text("button.yes", "fr") == "Đồng ý"


def test_titles_of_buttons_fit_every_platform() -> None:
    for locale in ("vi", "en"):
        titles = [wording for key, wording in wordings(locale).items() if key.startswith("button.")]
        assert all(0 < len(title) <= 20 for title in titles)


def test_the_words_of_the_voice() -> None:
    """Never «quý khách», never «hệ thống», at most one emoji, none in refusals."""
    for key, wording in wordings("vi").items():
        assert "quý khách" not in wording.lower() and "hệ thống" not in wording.lower(), key
        emoji = [char for char in wording if ord(char) > 0x1F000]
        assert len(emoji) <= (0 if key.startswith("error.") else 1), key


def test_customer_commands_are_called_by_their_language() -> None:
    points = registry()[CUSTOMER, "points"]

    assert (points.word("vi"), points.word("en")) == ("điểm", "points")
