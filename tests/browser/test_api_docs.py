"""The page of the API: its examples run from the page as they stand, with a key that only the tab keeps."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from loyalty import settings
from loyalty.api import scopes
from loyalty.installation import opening
from loyalty.staff import keys
from tests.browser.conftest import PHONE, WIDE, Demo

pytestmark = pytest.mark.xdist_group("browser")
SAFE = ("post-purchases", "post-simulations-accrual", "post-segments-preview", "post-segments", "post-webhooks")


@pytest.fixture(scope="module")
def key(demo: Demo) -> str:
    database = opening.open_database(settings.load(demo.environment))
    with database.transaction() as session:
        _, plain = keys.create(session, "docs", list(scopes.known()), now=datetime.now(UTC))
    database.close()
    return plain


@pytest.fixture(params=[WIDE, PHONE], ids=["wide", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, demo: Demo) -> Iterator[Page]:
    """The documentation page; whatever it complains of, and whatever it asks elsewhere, fails the test."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, locale="vi-VN")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda asked: None if asked.url.startswith(demo.url) else faults.append(asked.url))
    opened.goto(f"{demo.url}/api/v1/docs")
    yield opened
    assert faults == []
    context.close()


def send(page: Page, call: str) -> str:
    """Open a call, press «Thử», and read the line that says what came back."""
    page.evaluate("call => { document.getElementById(call).open = true }", call)
    form = page.locator(f"[id='{call}'] form.try")
    form.locator("button").click()
    status = form.locator(".answer .status")
    expect(status).to_be_visible(timeout=20_000)
    return status.inner_text()


def test_examples_run_as_they_stand(page: Page, key: str) -> None:
    page.fill("#key", key)
    for call in SAFE:
        assert re.match(r"✓ 20[01] ", send(page, call)), call
    answer = page.locator("#post-purchases .answer")
    expect(answer.locator("pre").first).to_contain_text('"points": ')
    answer.locator("summary").click()
    expect(answer.locator("details pre")).to_contain_text("ratelimit-remaining")


def test_every_call_that_only_reads_runs_with_the_first_of_its_list(page: Page, key: str) -> None:
    page.fill("#key", key)
    calls: list[str] = page.evaluate(
        "() => [...document.querySelectorAll('form.try[data-verb=GET]')]"
        ".filter(form => !form.querySelector('input[required]')).map(form => form.closest('details').id)"
    )
    assert len(calls) > 20
    for call in calls:
        said = send(page, call)
        assert said.startswith("✓ 200") or "nothing there yet" in said, (call, said)


def test_a_wrong_example_is_answered_with_its_problem(page: Page, key: str) -> None:
    page.fill("#key", key)
    page.evaluate("() => { document.getElementById('post-simulations-accrual').open = true }")
    page.fill("#post-simulations-accrual textarea", '{"total": true}')
    assert send(page, "post-simulations-accrual").startswith("✗ 422")
    expect(page.locator("#post-simulations-accrual .answer pre").first).to_contain_text("validation_failed")


def test_the_key_is_kept_by_the_tab_alone(page: Page, key: str) -> None:
    page.fill("#key", key)
    page.reload()
    expect(page.locator("#key")).to_have_value(key)
    assert page.evaluate("() => [localStorage.length, document.cookie]") == [0, ""]
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#key")).to_have_value("")
    assert send(other, "get-customers").startswith("✗ 401")


def test_nothing_is_wider_than_the_screen_and_a_code_has_its_line(page: Page) -> None:
    page.evaluate("() => document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"{page.url}#receipt_taken")
    expect(page.locator("#receipt_taken")).to_be_in_viewport()
