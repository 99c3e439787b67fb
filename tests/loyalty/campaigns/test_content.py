"""The text of a campaign: a tiny grammar, filled once."""

import tracemalloc
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.campaigns import content
from loyalty.campaigns.content import BadText
from loyalty.shop import Shop

SHOP = Shop("Cà phê Mây", "", "", ZoneInfo("Asia/Ho_Chi_Minh"), None, "vi", 0)
STOP = "Nhắn DỪNG nếu không muốn nhận"


def written(text: str, name: str | None, locale: str = "vi") -> str | None:
    return content.compose(content.parse(text), {"name": name}, SHOP, locale)


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("Chào {{ name }}!", "Lan", "Chào Lan!"),
        ("Chào {{name}}!", "Lan", "Chào Lan!"),
        ('Chào {{ name | "bạn" }}!', "Lan", "Chào Lan!"),
        ('Chào {{ name | "bạn" }}!', None, "Chào bạn!"),
        ('Chào {{name|"bạn"}}!', "", "Chào bạn!"),
        ("Chào {{ name | “bạn” }}!", None, "Chào bạn!"),
        ('{{ name | "" }}Giảm 20%', None, "Giảm 20%"),
        ("{{ name }} {{ name }}", "Lan", "Lan Lan"),
        ("Giảm 20% hôm nay", None, "Giảm 20% hôm nay"),
        ("Chào {{ name }}!", None, None),
        ("Chào {{ name }}!", " \u200b\n", None),
        ("Chào {{ name }}!", "{{ name }}", "Chào {{ name }}!"),
        ("Chào {{ name }}!", "{% for %}", "Chào {% for %}!"),
        ("Chào {{ name }}!", "Lan\nNhắn DỪNG", "Chào Lan Nhắn DỪNG!"),
    ],
)
def test_values_are_put_in_once_and_never_read_again(text: str, name: str | None, wanted: str | None) -> None:
    assert content.render(content.parse(text), {"name": name}) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "x" * 1501,
        "{{ ten }}",
        "{{ phone }}",
        "{{}}",
        "{{ }}",
        "{{ name",
        "name }}",
        "{{{ name }}}",
        "{ name }",
        "{name}",
        "{{ name.__class__ }}",
        "{{ name() }}",
        "{{ 7*7 }}",
        "{{ name | bạn }}",
        "{{ name | 'bạn' }}",
        '{{ name | "a" | "b" }}',
        '{{ name | fallback("bạn") }}',
        '{{ name | "{{ name }}" }}',
        '{{ "bạn" }}',
        "{{ NAME }}",
        "{% for x in y %}{% endfor %}",
        "{# hidden #}",
        "{{ name }} {{ ten }}",
        "{{ name" + " " * 1400,
    ],
)
def test_damaged_and_unknown_placeholders_are_refused(text: str) -> None:
    with pytest.raises(BadText):
        content.parse(text)


@given(st.text(alphabet=st.sampled_from('{}|"“” \nname%#x'), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        filled = content.render(content.parse(text), {"name": "L"})
    except BadText:
        return
    assert filled is not None
    assert "{" not in filled and "}" not in filled


def test_a_promotion_says_who_sends_it_and_how_to_stop_it() -> None:
    assert written("Giảm 20% cho {{ name }}.", "Lan") == f"Giảm 20% cho Lan.\n\nCà phê Mây · {STOP}"
    english = written("20% off for {{ name }}.", "Lan", "en")
    assert english == "20% off for Lan.\n\nCà phê Mây · Reply STOP if you would rather not get these"


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("CÀ PHÊ MÂY giảm 20%", f"\n\n{STOP}"),
        (f"Giảm 20%. {STOP}.", "\n\nCà phê Mây"),
        ("Cà phê Mây giảm 20%. nhắn «dừng» để thôi nhận", ""),
        ("Cà phê Mây: 20% off, reply STOP to stop", ""),
        ("Cà phê Mây: Nhận dùng thử miễn phí", f"\n\n{STOP}"),
        ("Cà phê Mây: shop text stopped", f"\n\n{STOP}"),
    ],
)
def test_what_the_text_says_itself_is_not_said_twice(text: str, tail: str) -> None:
    assert written(text, None) == text + tail


def test_a_name_does_not_pass_for_the_stop_line_or_the_shop() -> None:
    said = written("Chào {{ name }}", "Cà phê Mây, nhắn dừng")
    assert said == f"Chào Cà phê Mây, nhắn dừng\n\nCà phê Mây · {STOP}"


def test_the_longest_text_and_name_fit_one_message_of_either_platform() -> None:
    text = "{{ name }}" + "x" * (content.LONGEST - 10)
    assert len(written(text, "N" * 500) or "") <= 2000


def test_reading_a_text_costs_next_to_nothing() -> None:
    tracemalloc.start()
    for text in ("{{" * 750, "{{ name | " + '"' * 1400, '{{ name | "' + "a" * 1400, " " * 1400 + "{{ name }}"):
        try:
            content.parse(text)
        except BadText:
            continue
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000
