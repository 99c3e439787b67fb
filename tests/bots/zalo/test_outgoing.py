from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.channel import Button, Outbound
from bots.strict_json import clean
from bots.zalo import outgoing

ASK = Button("Gửi số điện thoại", "số điện thoại", contact=True)
PICTURE = "https://shop.vn/media/x.png"


def outbound(text: str = "Bạn có 320 điểm.", *buttons: Button, image_url: str = "") -> Outbound:
    return Outbound("oa", "user", text, buttons, image_url)


def rich(*arguments: Any, **more: Any) -> Any:
    return outgoing.forms(outbound(*arguments, **more))[0].toDict()


def button(number: int) -> Button:
    return Button(f"Nút {number}", f"lệnh {number}")


def query(number: int) -> dict[str, str]:
    return {"title": f"Nút {number}", "type": "oa.query.show", "payload": f"lệnh {number}"}


def template(kind: str, **parts: Any) -> dict[str, Any]:
    return {"type": "template", "payload": {"template_type": kind} | parts}


def test_plain_text_is_only_text() -> None:
    assert rich("Bạn có 320 điểm.") == {"text": "Bạn có 320 điểm."}


def test_buttons_send_their_payload_as_if_typed() -> None:
    attachment = {"type": "template", "payload": {"buttons": [query(1), query(2)]}}
    assert rich("Chọn nhé:", button(1), button(2)) == {"text": "Chọn nhé:", "attachment": attachment}


def test_a_picture_goes_as_a_media_template_with_the_text_and_the_buttons() -> None:
    elements = [{"media_type": "image", "url": PICTURE}]
    assert rich("Mã đây", image_url=PICTURE) == {"text": "Mã đây", "attachment": template("media", elements=elements)}
    assert rich("Mã đây", button(1), image_url=PICTURE) == {
        "text": "Mã đây",
        "attachment": template("media", elements=elements, buttons=[query(1)]),
    }
    assert "text" not in rich("", image_url=PICTURE)


def test_the_sixth_button_and_more_are_listed_in_the_text() -> None:
    sent = rich("Chọn:", *map(button, range(1, 8)))
    assert sent["text"] == "Chọn:\n6. Nút 6\n7. Nút 7"
    assert sent["attachment"]["payload"]["buttons"] == [query(number) for number in range(1, 6)]


def test_a_contact_button_alone_asks_for_the_phone_with_zalos_own_card() -> None:
    assert rich("Cho mình xin số nhé.", ASK) == {
        "attachment": template("request_user_info", elements=[{"title": "Cho mình xin số nhé."}])
    }
    sent = rich("Chào bạn!\nCho mình xin số nhé.", ASK, image_url=PICTURE)["attachment"]["payload"]["elements"]
    assert sent == [{"title": "Chào bạn!", "subtitle": "Cho mình xin số nhé.", "image_url": PICTURE}]


@pytest.mark.parametrize("text", ["dài " * 200, "x" * 101, ""])
def test_a_contact_text_that_does_not_fit_the_card_keeps_its_words_over_a_button(text: str) -> None:
    sent = rich(text, ASK)
    assert sent["text"] == text
    assert sent["attachment"]["payload"]["buttons"] == [
        {"title": "Gửi số điện thoại", "type": "oa.query.show", "payload": "số điện thoại"}
    ]


def test_a_contact_button_among_others_is_a_button() -> None:
    sent = rich("Chào bạn", ASK, button(1))
    assert [one["payload"] for one in sent["attachment"]["payload"]["buttons"]] == ["số điện thoại", "lệnh 1"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Ngắn.", ("Ngắn.", "")),
        ("Một\n\nHai\nBa", ("Một", "Hai\nBa")),
        ("A" * 60 + ". " + "B" * 60, ("A" * 60 + ".", "B" * 60)),
        ("A" * 60 + " " + "B" * 60, ("A" * 60, "B" * 60)),
        ("A" * 100 + " " + "B" * 500, ("A" * 100, "B" * 500)),
        ("A" * 100 + " " + "B" * 501, None),
        ("A" * 101, None),
        ("A" * 99 + "! B", ("A" * 99 + "!", "B")),
    ],
)
def test_a_text_is_cut_at_a_line_a_sentence_or_a_word(text: str, parts: tuple[str, str] | None) -> None:
    assert outgoing.title_and_subtitle(text) == parts


@given(st.text(max_size=700).map(str.strip))
def test_nothing_but_space_is_lost_at_the_cut(text: str) -> None:
    parts = outgoing.title_and_subtitle(text)
    if parts is not None:
        title, subtitle = parts
        assert len(title) <= 100
        assert len(subtitle) <= 500
        assert text.startswith(title)
        assert text.endswith(subtitle)
        assert text[len(title) : len(text) - len(subtitle)].strip() == ""


def test_buttons_are_given_up_before_the_picture_and_the_picture_before_the_words() -> None:
    words = "Chọn:\n1. Gửi số điện thoại\n2. Nút 1"
    picture = template("media", elements=[{"media_type": "image", "url": PICTURE}])
    _, *poorer = outgoing.forms(outbound("Chọn:", ASK, button(1), image_url=PICTURE))

    assert [form.toDict() for form in poorer] == [{"text": words, "attachment": picture}, {"text": words}]
    assert [form.toDict() for form in outgoing.forms(outbound("Mã đây", image_url=PICTURE))] == [
        {"text": "Mã đây", "attachment": picture},
        {"text": "Mã đây"},
    ]
    assert len(outgoing.forms(outbound("Chọn:", button(1)))) == 2
    assert len(outgoing.forms(outbound("Chào bạn."))) == 1
    assert len(outgoing.forms(outbound("", image_url=PICTURE))) == 1


def test_titles_that_would_break_the_limit_are_left_out_and_the_text_stays_whole() -> None:
    text = "a" * 1990
    fits, breaks = text + "b", text + "bb"
    assert outgoing.forms(outbound(fits, button(1)))[1].toDict() == {"text": fits + "\n1. Nút 1"}
    assert outgoing.forms(outbound(breaks, button(1)))[1].toDict() == {"text": breaks}
    assert len(fits + "\n1. Nút 1") == 2000


@given(
    st.text(max_size=2000),
    st.lists(st.builds(Button, st.text(max_size=30), st.text(max_size=30), st.booleans()), max_size=8),
    st.sampled_from(["", PICTURE]),
)
def test_no_message_breaks_and_none_is_over_the_limit(text: str, buttons: list[Button], image_url: str) -> None:
    for form in (form.toDict() for form in outgoing.forms(outbound(text, *buttons, image_url=image_url))):
        assert len(form.get("text", "")) <= 2000 or form["text"] == clean(text)
        attachment = form.get("attachment")
        assert attachment is None or len(attachment["payload"].get("buttons", ())) <= 5
