import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.channel import Action, Button, Outbound, SendError
from bots.messenger import messages, quick_replies
from bots.messenger.parse import parse
from tests.bots.messenger.samples import PAGE, PERSON, message, page_event


def outbound(text: str = "Bạn có 120 điểm", **parts: object) -> Outbound:
    return Outbound(account=PAGE, user=PERSON, text=text, **parts)  # type: ignore[arg-type]  # parts are fields


def test_buttons_become_quick_replies() -> None:
    built = quick_replies.build([Button("Đổi quà", "quà"), Button("Gửi số điện thoại", "", contact=True)])

    assert built == [
        {"content_type": "text", "title": "Đổi quà", "payload": "quà"},
        {"content_type": "user_phone_number"},
    ]


def test_the_first_thirteen_buttons_are_kept() -> None:
    built = quick_replies.build([Button(str(n), str(n)) for n in range(20)])

    assert [reply["title"] for reply in built] == [str(n) for n in range(13)]


@pytest.mark.parametrize(
    ("title", "fitting"),
    [
        ("Xem quà", "Xem quà"),
        ("Đổi bánh croissant bơ", "Đổi bánh croissant…"),
        ("x" * 20, "x" * 20),
        ("x" * 21, "x" * 19 + "…"),
        ("Xem chi tiết điểm - và quà", "Xem chi tiết điểm…"),
        ("  Xem   quà \n", "Xem quà"),
        ("Xem đie\u0302\u0309m", "Xem điểm"),
        ("x" * 18 + "👩\u200d🍳🎂", "x" * 18 + "…"),
        ("x" * 18 + "q\u0323\u0307abc", "x" * 18 + "…"),
    ],
)
def test_a_long_title_is_cut_where_a_reader_would(title: str, fitting: str) -> None:
    assert quick_replies.shorten(title) == fitting


@given(st.text())
def test_every_title_fits(title: str) -> None:
    assert len(quick_replies.shorten(title)) <= 20


@pytest.mark.parametrize("payload", ["x" * 1001, "said:" + "x" * 996])
def test_a_payload_that_cannot_be_carried_whole_is_refused(payload: str) -> None:
    with pytest.raises(SendError) as caught:
        quick_replies.build([Button("Xem", payload)])

    assert caught.value.action is Action.CONTENT


def test_a_button_without_payload_says_its_title() -> None:
    assert quick_replies.build([Button("Xem quà", "")])[0]["payload"] == "Xem quà"


@pytest.mark.parametrize(
    "payload", ["0912345678", "+84 912 345 678", "said:0912345678", "said:said:x", "đổi 3", "/tra 0912345678"]
)
def test_a_tap_says_the_payload_and_never_attests_a_phone_of_ours(payload: str) -> None:
    (reply,) = quick_replies.build([Button(payload, payload)])
    tap = message(text=reply["title"], quick_reply={"payload": reply["payload"]})

    (event,) = parse(page_event(tap))

    assert (event.kind.value, event.text, event.phone) == ("message", payload, "")


def test_a_message_carries_its_reference_and_its_buttons() -> None:
    built = messages.build(outbound(buttons=[Button("Quà", "quà")], reference="out:5512"))

    assert built == [
        {
            "text": "Bạn có 120 điểm",
            "quick_replies": [{"content_type": "text", "title": "Quà", "payload": "quà"}],
            "metadata": "out:5512",
        }
    ]


def test_a_picture_goes_first_and_the_buttons_stay_with_the_words() -> None:
    picture, words = messages.build(
        outbound(image_url="https://a.vn/qr.png", buttons=[Button("Quà", "quà")], reference="r")
    )

    assert picture == {"attachment": {"type": "image", "payload": {"url": "https://a.vn/qr.png"}}, "metadata": "r"}
    assert words["quick_replies"]


def test_a_picture_alone_carries_the_buttons() -> None:
    (picture,) = messages.build(outbound("", image_url="https://a.vn/qr.png", buttons=[Button("Quà", "quà")]))

    assert picture["quick_replies"]


def test_no_message_leaves_without_metadata_and_metadata_is_below_1000() -> None:
    assert messages.build(outbound())[0]["metadata"]
    assert len(messages.build(outbound(reference="r" * 1500))[0]["metadata"]) == 999


@pytest.mark.parametrize("text", ["", "  \n", "\0", "x" * 2000])
def test_what_messenger_would_refuse_is_not_sent(text: str) -> None:
    with pytest.raises(SendError) as caught:
        messages.build(outbound(text))

    assert caught.value.action is Action.CONTENT


def test_1999_characters_fit() -> None:
    assert messages.build(outbound("ế" * 1999))[0]["text"] == "ế" * 1999


def test_our_own_echo_is_never_taken_for_a_person_of_the_shop() -> None:
    (built,) = messages.build(outbound())
    echo = {"sender": {"id": PAGE}, "recipient": {"id": PERSON}, "message": {**built, "is_echo": True, "mid": "m_1"}}

    (event,) = parse(page_event(echo))

    assert event.kind.value == "other"
