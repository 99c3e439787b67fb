import ast
import importlib
import pkgutil
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import bots
import loyalty
from bots.commands import CUSTOMER, Command, menus, registry
from bots.texts import LOCALES, PLACE, catalogue, guide, text, wordings
from loyalty.choices.chosen import ADDRESSES
from loyalty.errors import LoyaltyError
from loyalty.typed import fold
from loyalty.wording import checking

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


def test_every_place_has_its_line_in_the_guide() -> None:
    """The console explains it, and the length of sentences is checked with it."""
    used = {place for wording in wordings("vi").values() for place in PLACE.findall(wording)}
    lines = guide()["place"]

    assert used - set(lines) == set(), "add one line for each under [place] of bots/texts/guide.toml"
    assert set(lines) - used == set(), "no sentence has these places any more: take their lines out of guide.toml"
    for name, line in lines.items():
        kinds = [type(part) for part in line]
        assert kinds == [str, str, str, str, int], f"{name} = [nghĩa, meaning, ví dụ, example, longest] in guide.toml"
        assert max(len(line[2]), len(line[3])) <= line[4], f"the example of {name} is longer than its longest"


def test_every_situation_has_its_name_in_the_guide() -> None:
    used = {key.partition(".")[0] for key in wordings("vi")}
    named = set(guide()["situation"])

    assert used - named == set(), "add one line for each under [situation] of bots/texts/guide.toml"
    assert named - used == set(), "no sentence begins with these any more: take their lines out of guide.toml"


def test_the_guide_speaks_of_sentences_there_are() -> None:
    known, document = wordings("vi"), guide()
    assert {*document["example"], *document["keep"], *document["titles"]} - set(known) == set()
    for key, examples in document["example"].items():
        assert set(examples) <= set(PLACE.findall(known[key])), f"[example] {key} names places it has not"
    assert [left for left in document["address"]["left"] if not any(key.startswith(left) for key in known)] == []


@pytest.mark.parametrize(("locale", "address"), list(product(LOCALES, ADDRESSES)))
def test_every_sentence_of_ours_passes_what_a_rewording_must(locale: str, address: str) -> None:
    """Places, what is to be kept, the longest likely filling in one message, titles of buttons that differ."""
    known = catalogue(address)
    for sentence in known.sentences.values():
        wording = sentence.wording[locale]
        assert sentence.at_most(wording) <= sentence.longest, f"{sentence.key} may get {sentence.at_most(wording)} long"
        assert wording.strip() and checking.tidy(wording, wording) == wording, f"{sentence.key} is not tidy"
        checking.check(known, sentence, locale, wording, {})


def test_titles_of_buttons_differ() -> None:
    for locale in LOCALES:
        titles = Counter(fold.fold(each.wording[locale]) for each in catalogue().titles)
        assert [title for title, count in titles.items() if count > 1] == []


def test_every_key_the_code_asks_for_is_a_sentence() -> None:
    missing = [
        (str(path), key.pattern)
        for path in Path(bots.__path__[0]).rglob("*.py")
        for key in _asked(path)
        if not any(key.fullmatch(known) for known in wordings("vi"))
    ]

    assert missing == [], "add the sentence to bots/texts/vi.toml and en.toml"


def _asked(path: Path) -> Iterator[re.Pattern[str]]:
    """What stands first in a call of `text`: a key, or a pattern where a part of it is put in."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "text" and node.args:
            yield from (re.compile(form) for form in _forms(node.args[0]))


def _forms(asked: ast.expr) -> Iterator[str]:
    match asked:
        case ast.Constant(value=str() as key):
            yield re.escape(key)
        case ast.JoinedStr(values=parts):
            yield "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z_.]+" for part in parts
            )
        case ast.IfExp(body=body, orelse=orelse):
            yield from _forms(body)
            yield from _forms(orelse)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_file_names_no_key_twice(locale: str) -> None:
    """Two tables of one name are refused by the reader; a dotted key in quotes must not hide another."""
    document = tomllib.loads((Path(bots.__path__[0]) / "texts" / f"{locale}.toml").read_text(encoding="utf-8"))

    def keys(table: dict[str, Any], above: str = "") -> Iterator[str]:
        for name, value in table.items():
            if isinstance(value, dict):
                yield from keys(value, f"{above}{name}.")
            else:
                yield above + name

    assert [key for key, count in Counter(keys(document)).items() if count > 1] == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_words_of_the_voice(address: str) -> None:
    """Never «quý khách», never «hệ thống», at most one emoji, none in refusals or where points and money are."""
    for key, wording in [*wordings("vi", address).items(), *wordings("en").items()]:
        assert not any(words in wording.lower() for words in ("quý khách", "hệ thống", "the system")), key
        emoji = [char for char in wording if ord(char) > 0x1F000 or char in "☀☁☕❤✨⭐"]
        is_sober = key.startswith("error.") or {"points", "amount", "balance"} & set(PLACE.findall(wording))
        assert len(emoji) <= (0 if is_sober else 1), key


def test_another_form_of_address_is_for_customers_and_leaves_their_friends_alone() -> None:
    plain, elder = wordings("vi"), wordings("vi", "anh_chi")

    assert elder["points.balance"] == "Anh/chị có {points} · hạng {tier}."
    assert elder["welcome.back"].startswith("Gặp lại anh/chị rồi! Anh/chị muốn")
    assert elder["referral.promise_friend"].startswith("Bạn của anh/chị được {friend}")
    assert elder["referral.own"] == plain["referral.own"] and "của bạn ấy" in elder["referral.promise_you"]
    assert elder["award.again"] == plain["award.again"]  # to staff
    assert wordings("en", "anh_chi") == wordings("en")


def test_customer_commands_are_called_by_their_language() -> None:
    points = registry()[CUSTOMER, "points"]

    assert (points.word("vi"), points.word("en")) == ("điểm", "points")
