"""Without reading: a segment, a campaign, an award at the counter; all arrive in the simulator; one is undone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import WIDE, Demo, Open

pytestmark = pytest.mark.xdist_group("browser")
SENT = "bánh mới vừa ra lò chiều nay"


def console(browser: Browser, demo: Demo) -> Page:
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="vi-VN")
    context.add_cookies([{"name": "kq_seat", "value": demo.seat(), "url": f"{demo.url}/console"}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{demo.url}/console/")
    return page


def make_segment(page: Page, name: str, points: int) -> None:
    page.click("nav.side >> text=Nhóm khách")
    page.click("main >> text=/Tạo nhóm/ >> nth=0")
    page.fill("input[name=name]", name)
    page.fill("input[name='n.0.value']", str(points))
    page.click("text=Lưu nhóm")
    expect(page.locator("#toasts")).to_contain_text(name)


def send(page: Page, name: str, text: str) -> None:
    page.click("text=Nhắn nhóm này")
    page.fill("input[name=name]", name)
    page.fill("#f-text", text)
    page.click("text=Xem lại và gửi")
    expect(page.locator("main")).to_contain_text("người sẽ nhận")
    page.get_by_role("button", name=re.compile("Gửi ngay cho")).first.click()
    if (yes := page.locator("dialog:popover-open button[type=submit]")).count():
        yes.click()
    expect(page.locator("#toasts")).not_to_be_empty()


def award(page: Page, who: str, amount: str) -> None:
    page.click("nav.side >> text=Quầy")
    page.fill("input[name=who]", who)
    page.fill("input[name=amount]", amount)
    page.get_by_role("button", name=re.compile(r"^\s*Tích")).click()
    expect(page.locator("#toasts")).to_contain_text("điểm")


def test_a_newcomer_sells_sends_and_takes_back(browser: Browser, demo: Demo, look: Open) -> None:
    chat = look("minh", "messenger")
    phone = re.sub(r"\D", "", demo.phone_of("Minh"))
    page = console(browser, demo)

    make_segment(page, "Khách có điểm", 10)
    send(page, "Bánh mới", f'Chào {{{{ name | "bạn" }}}}, {SENT}.')
    expect(chat.locator("body")).to_contain_text(SENT, timeout=30_000)

    award(page, phone, "250k")
    expect(chat.locator("body")).to_contain_text("250.000đ", timeout=30_000)

    page.locator("#toasts >> text=Hoàn tác").click()
    expect(page.locator("#toasts")).to_contain_text("hủy", ignore_case=True)
    expect(chat.locator(".line.theirs .words").last).to_contain_text("hủy", ignore_case=True, timeout=30_000)
    page.context.close()


def test_a_message_half_written_is_offered_again_until_it_is_kept(browser: Browser, demo: Demo) -> None:
    page = console(browser, demo)
    page.goto(f"{demo.url}/console/campaigns/new")
    page.fill("input[name=name]", "Dở dang")
    page.fill("#f-text", SENT)

    page.goto(f"{demo.url}/console/campaigns/new")
    expect(page.locator("#unsent")).to_contain_text(SENT)
    page.click("text=Viết tiếp")
    expect(page.locator("#f-text")).to_have_value(SENT)
    page.select_option("select[name=segment]", index=1)
    page.click("text=Lưu nháp")
    expect(page.locator("#toasts")).to_contain_text("Đã lưu nháp")

    page.goto(f"{demo.url}/console/campaigns/new")
    expect(page.locator("#unsent")).to_be_hidden()


def test_a_list_taken_out_stands_in_the_list_below(browser: Browser, demo: Demo) -> None:
    page = console(browser, demo)
    page.goto(f"{demo.url}/console/exports")
    page.fill("main input[name=reason]", "đối chiếu")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Xuất tệp").click()
    assert taken.value.suggested_filename.endswith(".xlsx")
    expect(page.locator("#taken")).to_contain_text("đối chiếu")
