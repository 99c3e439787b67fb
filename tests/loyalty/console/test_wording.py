"""The pages of wording: finding a sentence, putting it into one's own words, seeing it first, going back."""

import pytest
import sqlalchemy as sa
from flask import Flask

from bots import texts
from loyalty.choices import chosen
from loyalty.db import Database
from loyalty.settings import Settings
from loyalty.staff.models import AuditEntry
from loyalty.wording import overrides
from tests.builders_console import Browser, Console, make_console

PAGE = "/console/settings/wording"
OWN = "Nhà mình đang có {points} nha, hạng {tier}!"


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    def prepare(app: Flask) -> None:
        app.extensions["loyalty_catalogue"] = texts.catalogue

    return make_console(database, settings, prepare=prepare)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner", "Chị Sáu")


def said(console: Console, key: str = "points.balance", locale: str = "vi") -> str:
    with console.database.read_only():
        return texts.text(key, locale, points="25 điểm", tier="Bạc")


def test_the_situations_lead_to_their_sentences(owner: Browser) -> None:
    owner.get(PAGE)
    assert "Thông báo cho khách" in owner.page and "31 câu" in owner.page and "Chưa đổi gì." in owner.page
    owner.get(f"{PAGE}?in=points")
    assert "Bạn có 25 điểm · hạng Bạc." in owner.page and "Chào Lan" not in owner.page


@pytest.mark.parametrize("typed", ["chao lan", "CHÀO trợ lý", "welcome.hello", "assistant Hi"])
def test_a_sentence_is_found_by_any_words_of_it_in_either_language(owner: Browser, typed: str) -> None:
    owner.get(PAGE, query_string={"q": typed})
    assert "Chào Lan, mình là trợ lý của Cà phê Mây" in owner.page


def test_words_as_typed_come_before_the_same_words_scattered(owner: Browser) -> None:
    owner.get(PAGE, query_string={"q": "het han"})
    assert "25 điểm sẽ hết hạn ngày 15/12." in owner.page and "giữ đến hết 30/11" not in owner.page
    owner.get(PAGE, query_string={"q": "hạng giữ hết"})
    assert "Bên mình tặng bạn hạng Bạc, giữ đến hết 30/11." in owner.page


def test_a_search_that_finds_nothing_or_too_much_says_so(owner: Browser) -> None:
    owner.get(f"{PAGE}?q=qwertyuiop")
    assert "Không có câu nào như vậy" in owner.page
    owner.get(f"{PAGE}?q=a")
    assert "Gõ thêm chữ để thu hẹp" in owner.page


def test_own_words_hold_at_once_and_the_toast_takes_them_back(console: Console, owner: Browser) -> None:
    owner.get(f"{PAGE}/points.balance")
    assert "Phải giữ: {points}" in owner.page and "số điểm 25 điểm" in owner.page and "mặc định" in owner.page
    owner.post(f"{PAGE}/points.balance/vi", vi=OWN)
    assert "Đã lưu. Từ giờ bot nói câu này." in owner.page and "Nhà mình đang có 25 điểm nha, hạng Bạc!" in owner.page
    assert said(console) == "Nhà mình đang có 25 điểm nha, hạng Bạc!" and said(console, locale="en").startswith("You")
    owner.get(f"{PAGE}?q=nha minh")
    assert "câu của quán" in owner.page
    owner.get(PAGE)
    assert "1 câu của quán" in owner.page and "câu mặc định → «Nhà mình" in owner.page
    owner.post(f"{PAGE}/changes/1/undo")
    assert said(console) == "Bạn có 25 điểm · hạng Bạc." and "Đã trở về câu mặc định." in owner.page
    with console.database.read_only() as session:
        entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [entry.action for entry in entries][-2:] == ["wording_changed", "wording_undone"]
        assert (entries[-1].subject, entries[-1].detail["locale"]) == ("text:points.balance", "vi")


def test_empty_words_and_the_button_go_back_to_ours(console: Console, owner: Browser) -> None:
    for back in (f"{PAGE}/points.balance/vi", f"{PAGE}/points.balance/vi/default"):
        owner.post(f"{PAGE}/points.balance/vi", vi=OWN)
        owner.post(back, vi="")
        assert said(console) == "Bạn có 25 điểm · hạng Bạc." and "Đã trở về câu mặc định." in owner.page
    owner.post(f"{PAGE}/points.balance/vi", vi="")
    assert "Không có gì thay đổi." in owner.page


@pytest.mark.parametrize(
    ("key", "typed", "sentence"),
    [
        ("points.balance", "Bạn có {diem}", "không có chỗ «{diem}». Dùng được: {points}, {tier}"),
        ("courtesy.welcome", "Dạ {shop}", "không có chỗ nào trong ngoặc, nên không dùng «{shop}»"),
        ("points.balance", "Bạn có điểm", "Còn thiếu: {points}."),
        ("award.balance", "{name} có {balance}", "Còn thiếu: /huy {number}."),
        ("button.yes", "Vâng, mình đồng ý nhé", "tới 21 ký tự, nhiều nhất là 20"),
        ("button.yes", "không", "Đã có nút khác tên «Không»"),
        ("courtesy.welcome", "x" * 1901, "tới 1901 ký tự, nhiều nhất là 1900"),
        ("courtesy.welcome", "x" * 2001, "Dài nhất 2000 ký tự."),
        ("courtesy.welcome", "a\u202eb", "ký tự không nhìn thấy được"),
        ("courtesy.welcome", "a\x07b", "ký tự không lưu được"),
    ],
)
def test_what_cannot_be_said_is_refused_beside_its_field_and_kept_there(
    console: Console, owner: Browser, key: str, typed: str, sentence: str
) -> None:
    assert owner.post(f"{PAGE}/{key}/vi", vi=typed).status_code == 422
    assert sentence in owner.page and 'id="e-vi"' in owner.html
    with console.database.read_only() as session:
        assert overrides.list_changes(session) == []


def test_the_preview_keeps_nothing_and_says_what_is_missing(console: Console, owner: Browser) -> None:
    owner.post(f"{PAGE}/points.balance/vi/preview", vi="Điểm nè: {points}")
    assert owner.page.count("Điểm nè: 25 điểm") == 2 and "Zalo" in owner.page and "Messenger" in owner.page
    owner.post(f"{PAGE}/points.balance/vi/preview", vi="<b>Điểm</b> nè {x}")
    assert "không có chỗ «{x}»" in owner.page and "&lt;b&gt;" in owner.html
    owner.post(f"{PAGE}/points.balance/en/preview", en="")
    assert "You have 25 points · Silver." in owner.page
    assert said(console) == "Bạn có 25 điểm · hạng Bạc."


def test_a_sentence_or_change_that_is_not_there_is_not_found(owner: Browser) -> None:
    assert owner.get(f"{PAGE}/points.nothing").status_code == 404
    assert owner.post(f"{PAGE}/points.balance/fr", fr="x").status_code == 404
    assert owner.post(f"{PAGE}/changes/99999999999999999999/undo").status_code == 404


def test_a_change_reworded_since_is_not_undone(owner: Browser) -> None:
    owner.post(f"{PAGE}/points.balance/vi", vi=OWN)
    owner.post(f"{PAGE}/points.balance/vi", vi="Có {points}")
    assert owner.post(f"{PAGE}/changes/1/undo").status_code == 409 and "được đổi thêm sau đó" in owner.page


def test_every_sentence_has_a_page_that_shows_it(owner: Browser) -> None:
    for key, sentence in texts.catalogue().sentences.items():
        assert owner.get(f"{PAGE}/{key}").status_code == 200
        assert " ".join(sentence.wording["en"].split()) in owner.page


def test_without_the_bot_there_is_nothing_to_reword(database: Database, settings: Settings) -> None:
    owner = make_console(database, settings).sign_in("owner")
    assert owner.get(PAGE).status_code == 200 and "chạy không có bot" in owner.page


def test_the_form_of_address_is_a_choice_and_shows_in_the_sentences(console: Console, owner: Browser) -> None:
    owner.get("/console/settings")
    assert "Xưng hô với khách" in owner.page and PAGE in owner.html
    owner.post("/console/settings/about", name="", contact="", locale="vi", address="anh_chi")
    assert "Đã đổi cách xưng hô: «bạn» → «anh/chị»." in owner.page
    assert said(console) == "Anh/chị có 25 điểm · hạng Bạc."
    owner.get(f"{PAGE}?in=points")
    assert "Anh/chị có 25 điểm" in owner.page
    owner.post("/console/settings/changes/1/undo")
    with console.database.read_only() as session:
        assert chosen.of(session).address == "ban"
    assert owner.post("/console/settings/about", locale="vi", address="ngài").status_code == 422
