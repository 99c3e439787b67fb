"""A newcomer at the chat page plays a customer on Zalo, one on Messenger, a cashier; on any screen, by keyboard."""

import re
from itertools import count

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, TABLET, WIDE, Open

pytestmark = pytest.mark.xdist_group("browser")
receipts = count(70_001)


def write(page: Page, text: str) -> None:
    """Say something and wait until the shop has answered."""
    answers = page.locator(".line.theirs:not(.typing)").count()
    page.fill("#words", text)
    page.press("#words", "Enter")
    expect(page.locator(".line.mine .words").last).to_have_text(text)
    expect(page.locator(".line.theirs:not(.typing)")).not_to_have_count(answers)
    expect(page.locator(".line.mine .meta").last.locator("use")).to_have_attribute("href", "#i-check")


def points_of(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator(".big strong").inner_text()))


def test_three_steps_lead_a_newcomer_from_the_question_to_the_points(look: Open) -> None:
    page = look(is_new=True)
    had = points_of(page)

    for step in ("Bước 2/3", "Bước 3/3", "Ba bước làm quen"):
        page.click("#tour .button")
        expect(page.locator(".tour-count")).to_contain_text(step)

    expect(page.locator("#who-name")).to_contain_text("Lan")
    expect(page.locator(".line.theirs .words").last).to_contain_text("Bạn được cộng")
    assert points_of(page) > had
    page.click("#tour .button")
    expect(page.locator("#tour")).to_be_hidden()
    page.reload()
    page.wait_for_selector("#standing .standing")
    expect(page.locator("#tour")).to_be_hidden()


def test_a_customer_on_messenger_asks_and_taps(look: Open) -> None:
    page = look("minh", "messenger")
    write(page, "điểm")
    expect(page.locator(".line.theirs .words").last).to_contain_text("40 điểm")

    page.locator(".replies .tap", has_text="Lịch sử").last.click()

    expect(page.locator(".line.mine .words").last).to_have_text("Lịch sử")
    expect(page.locator(".line.theirs .words").last).to_contain_text("40")
    expect(page.locator(".replies:visible")).to_have_count(1)  # the old ones went with the tap


def test_a_cashier_awards_and_sees_how_it_was_worked_out(look: Open) -> None:
    page = look("thu", "zalo")

    page.locator(".try", has_text="/tich").first.click()
    expect(page.locator("#words")).to_be_focused()
    expect(page.locator("#words")).to_have_value(re.compile(r"^/tich 0903215748 250k #HD\d+$"))
    page.click("#send")

    turn = page.locator(".turn").first
    expect(turn.locator(".earned")).to_contain_text("điểm cho Lan")
    expect(turn).to_contain_text("250.000đ × 1,5")
    expect(turn).to_contain_text("Hiểu là lệnh «/tich»")
    expect(page.locator("[data-key=lan] .badge")).to_be_visible()  # she was told


def test_an_event_delivered_again_awards_nothing_twice(look: Open) -> None:
    page = look("thu", "zalo")
    write(page, f"/tich 0903215748 120k #HD{next(receipts)}")
    turns, bubbles = page.locator(".turn").count(), page.locator(".line").count()

    page.locator(".turn").first.locator(".again").click()

    expect(page.locator("#toast")).to_contain_text("không làm lần hai")
    page.wait_for_timeout(2500)
    assert (page.locator(".turn").count(), page.locator(".line").count()) == (turns, bubbles)


def test_a_stranger_follows_shares_the_contact_and_is_a_member(look: Open) -> None:
    page = look()
    page.click("[data-key=new-zalo]")
    expect(page.locator("#standing")).to_contain_text("Quán chưa biết người này")

    page.click(".empty .button")
    expect(page.locator(".line.theirs .words").last).to_contain_text("Chào bạn")
    page.click("#more")
    page.locator("#more-menu button").first.click()

    expect(page.locator("#standing")).to_contain_text("Thành viên")
    expect(page.locator("#standing")).to_contain_text("xác nhận")


def test_a_button_on_zalo_is_a_card_that_stays(look: Open) -> None:
    page = look("lan", "zalo")
    write(page, "điểm")

    page.locator(".card-buttons .tap", has_text="Lịch sử").last.click()

    expect(page.locator(".line.theirs .words").last).to_contain_text("đ")
    expect(page.locator(".card-buttons .tap", has_text="Lịch sử").first).to_be_visible()


def test_words_of_a_stranger_are_words_and_nothing_else(look: Open) -> None:
    page = look("an", "zalo")
    text = "<img src=x onerror=\"document.title='taken'\"><b>đậm</b> {name} ${1} https://a.example/<i>"

    write(page, text)

    assert page.locator(".bubble img, .bubble b, .turn-head b").count() == 0
    assert page.title() == "Quán thử · Khách Quen"
    expect(page.locator(".line.mine a").last).to_have_attribute("rel", "noreferrer noopener")


def test_english_is_kept_for_the_next_visit(look: Open) -> None:
    page = look("lan", "zalo")

    page.click("#language")
    expect(page.locator("#story-title")).to_have_text("What happened")
    page.reload()

    expect(page.locator("#story-title")).to_have_text("What happened")
    assert page.locator("html").get_attribute("lang") == "en"
    expect(page.locator("[data-key=lan] .chip")).to_have_text("Gold")


def test_both_languages_have_every_sentence(look: Open) -> None:
    page = look("lan", "zalo")

    missing = page.evaluate(
        """async () => {
          const [vi, en] = await Promise.all(["vi", "en"].map((name) => import(`/simulator/static/words.${name}.js`)));
          const places = (text) => (text.match(/{\\w+}/g) || []).sort().join();
          const keys = new Set([...Object.keys(vi.sentences), ...Object.keys(en.sentences)]);
          return [...keys].filter((key) => places(vi.sentences[key] ?? "") !== places(en.sentences[key] ?? "")
            || !vi.sentences[key] || !en.sentences[key]);
        }"""
    )

    assert missing == []


@pytest.mark.parametrize("size", [WIDE, TABLET, PHONE], ids=["wide", "tablet", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_on_any_screen(look: Open, size: tuple[int, int], scheme: str) -> None:
    page = look("lan", "zalo", size=size, color_scheme=scheme, is_new=True)

    width = page.evaluate("document.documentElement.scrollWidth")
    box = page.locator("#send").bounding_box()

    assert width <= size[0]
    assert box is not None
    assert box["y"] + box["height"] <= size[1]  # the composer is above the fold
    assert (box["width"], box["height"]) >= (44, 44)


def test_on_a_phone_the_story_is_a_sheet(look: Open) -> None:
    page = look("lan", "zalo", size=PHONE)
    expect(page.locator("#story")).to_be_hidden()

    page.click("#open-story")
    expect(page.locator("#standing .big")).to_be_in_viewport()
    page.keyboard.press("Escape")

    expect(page.locator("#story")).to_be_hidden()
    expect(page.locator("#open-story")).to_be_focused()


def test_everything_can_be_done_by_keyboard(look: Open) -> None:
    page = look("lan", "zalo")

    page.locator("[data-key=emma]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#who-name")).to_contain_text("Emma")
    page.keyboard.press("/")
    expect(page.locator("#words")).to_be_focused()
    page.keyboard.type("points")
    page.keyboard.press("Shift+Enter")
    assert "\n" in page.locator("#words").input_value()
    page.fill("#words", "points")
    page.keyboard.press("Enter")

    expect(page.locator(".line.theirs .words").last).to_contain_text("12 points")


def test_a_shop_that_goes_away_is_said_and_comes_back(look: Open) -> None:
    page = look("lan", "zalo")

    page.route("**/simulator/api/**", lambda route: route.abort())
    expect(page.locator("#banner")).to_have_text("Mất liên lạc với quán. Đang thử lại…")
    page.unroute("**/simulator/api/**")

    expect(page.locator("#banner")).to_be_hidden()


def test_nothing_moves_for_those_who_prefer_it_still(look: Open) -> None:
    page = look("lan", "zalo", reduced_motion="reduce")
    page.route("**/api/chats/**", lambda route: route.abort())

    page.evaluate("document.getElementById('talk').insertAdjacentHTML('beforeend', '<p class=\"dots\"><i></i></p>')")

    assert page.locator(".dots i").first.evaluate("node => getComputedStyle(node).animationName") == "none"
    assert page.locator("#send").evaluate("node => getComputedStyle(node).transitionDuration") in ("0s", "0s, 0s")


def test_what_waits_for_a_platform_that_is_down_is_shown_and_comes_when_it_is_back(look: Open) -> None:
    page = look("binh", "zalo", size=PHONE)
    page.click("#open-platform")
    page.locator(".mood-chip", has_text="Mất liên lạc").click()
    expect(page.locator(".mood-chip[aria-pressed=true]")).to_have_text("Mất liên lạc")

    page.fill("#words", "điểm")
    page.press("#words", "Enter")

    waiting = page.locator(".ghost", has_text="đang chờ")  # by night an offer that may not leave is a ghost too
    expect(waiting).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.locator(".mood-chip", has_text="Bình thường").click()
    expect(page.locator(".line.theirs:not(.ghost) .words").last).to_contain_text("điểm", timeout=40_000)
    expect(waiting).to_have_count(0)
    page.click(".mood-close")
    expect(page.locator("#platform")).to_be_hidden()


def test_the_pages_menu_says_its_commands(look: Open) -> None:
    page = look("vy", "messenger")

    page.click("#page-menu")
    page.locator("#page-menu-list button", has_text="Điểm").click()

    expect(page.locator(".line.theirs .words").last).to_contain_text("điểm")
    expect(page.locator("#page-menu-list")).to_be_hidden()
