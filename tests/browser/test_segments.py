"""An owner walks from the list to the five, sets a number, takes it back, and asks why somebody is in."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PHONE, Demo

pytestmark = pytest.mark.xdist_group("browser")


def test_from_the_list_to_the_five_their_numbers_and_why(browser: Browser, demo: Demo) -> None:
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
    context.add_cookies([{"name": "kq_seat", "value": demo.seat(), "url": f"{demo.url}/console"}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{demo.url}/console/segments")
    expect(page.locator(".ready > li")).to_have_count(5)
    page.click("text=Ngưỡng của cửa hàng")
    page.fill("input[name=repeat_orders]", "500")
    page.click("text=Lưu ngưỡng")
    expect(page.locator("main")).to_contain_text("Đã mua từ 500 lần trở lên.")
    page.locator("#toasts >> text=Hoàn tác").click()
    expect(page.locator("main")).not_to_contain_text("Đã mua từ 500 lần trở lên.")

    page.goto(f"{demo.url}/console/segments")
    page.get_by_role("link", name="Khách mua nhiều lần").first.click()
    expect(page.locator("main")).to_contain_text(re.compile(r"[1-9]\d* người lúc này"))
    page.locator("#rows").get_by_text("vì sao?").first.click()
    expect(page.locator("main")).to_contain_text("Đang ở trong nhóm.")
    expect(page.locator("main")).to_contain_text(re.compile(r"Số lần mua từ \d+ lần"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
