"""A shop owner changes the rules in words, on a phone: a rule, what it means while one types, the trial, the day."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PHONE, Demo

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_an_owner_changes_the_programme_without_its_text(browser: Browser, demo: Demo, script: bool) -> None:
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, java_script_enabled=script)
    context.add_cookies([{"name": "kq_seat", "value": demo.seat(), "url": f"{demo.url}/console"}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{demo.url}/console/programme/form")
    page.click("text=Thêm quy tắc")
    page.fill("input[name=name]", "Giờ vàng")
    page.select_option("select[name=kind]", "multiply-bill")
    expect(page.locator("input[name=points]")).to_be_hidden()
    page.fill("input[name=times]", "1,5")
    page.fill("input[name=hours]", "25:00")
    if not script:
        page.click("text=Xem câu sẽ có")
    expect(page.locator("#look")).to_contain_text("«25:00» không phải khung giờ")
    page.fill("input[name=hours]", "14:00-17:00")
    if script:
        expect(page.locator("#look")).to_contain_text("Giờ vàng: nhân 1,5 cả đơn; lúc 14:00–17:00")
    page.click("text=Ghi vào bản nháp")
    expect(page.locator("main")).to_contain_text("Giờ vàng: nhân 1,5 cả đơn; lúc 14:00–17:00")
    page.get_by_role("button", name=re.compile("Thử 3 tháng qua")).click()
    expect(page.locator("#trial")).to_contain_text(re.compile("Đã thử|Theo bản nháp"))

    page.goto(f"{demo.url}/console/programme/form")
    page.get_by_role("button", name="Áp dụng từ 0 giờ ngày này").click()
    expect(page.locator("main")).to_contain_text("Sắp áp dụng từ")
    page.locator("#toasts >> text=Hoàn tác").click()
    expect(page.locator("main")).not_to_contain_text("Sắp áp dụng từ")
    context.close()
