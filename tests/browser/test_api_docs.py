"""The pages of the API: their examples run from the page as they stand, with a key that only the tab keeps."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from loyalty import settings
from loyalty.api import docs, scopes
from loyalty.api.docs import Chapter
from loyalty.installation import opening
from loyalty.staff import keys
from tests.browser.conftest import PHONE, WIDE, Demo

pytestmark = pytest.mark.xdist_group("browser")
SAFE = ("post-purchases", "post-simulations-accrual", "post-segments-preview", "post-segments", "post-webhooks")
BOTH = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])  # what a screen's width can change
UNFOLD = "() => document.querySelectorAll('details').forEach(each => { each.open = true })"


@pytest.fixture(scope="module")
def key(demo: Demo) -> str:
    database = opening.open_database(settings.load(demo.environment))
    with database.transaction() as session:
        _, plain = keys.create(session, "docs", list(scopes.known()), now=datetime.now(UTC))
    database.close()
    return plain


@pytest.fixture(scope="module")
def chapters(demo: Demo) -> Sequence[Chapter]:
    """What the pages are to show, from the specification the shop itself hands out."""
    return docs.chapters(requests.get(f"{demo.url}/api/v1/openapi.json", timeout=20).json(), demo.url)


@pytest.fixture
def size() -> tuple[int, int]:
    return WIDE


@pytest.fixture
def page(size: tuple[int, int], browser: Browser, demo: Demo) -> Iterator[Page]:
    """The first page; whatever any page complains of, and whatever it asks elsewhere, fails the test."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="vi-VN")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda asked: None if asked.url.startswith(demo.url) else faults.append(asked.url))
    opened.goto(f"{demo.url}/api/v1/docs")
    yield opened
    assert faults == []
    context.close()


def turn_to(page: Page, chapter: str) -> None:
    """Follow the side list to the page of a resource."""
    page.locator("nav").get_by_role("link", name=chapter, exact=True).click()
    expect(page.locator("h1")).to_have_text(chapter)
    expect(page.locator("#key-form")).to_be_visible()  # its script has run


def send(page: Page, call: str) -> str:
    """Open a call, press «Thử», and read the line that says what came back."""
    page.evaluate("call => { document.getElementById(call).open = true }", call)
    form = page.locator(f"[id='{call}'] form.try")
    form.locator("button").click()
    status = form.locator(".answer .status")
    expect(status).to_be_visible(timeout=20_000)
    return status.inner_text()


@BOTH
def test_examples_run_as_they_stand(page: Page, key: str, chapters: Sequence[Chapter]) -> None:
    page.fill("#key", key)
    places = {call.anchor: chapter.name for chapter in chapters for call in chapter.operations}
    for call in SAFE:
        turn_to(page, places[call])
        assert re.match(r"✓ 20[01] ", send(page, call)), call
    turn_to(page, "purchases")
    send(page, "post-purchases")
    answer = page.locator("#post-purchases .answer")
    expect(answer.locator("pre").first).to_contain_text('"points": ')
    answer.locator("summary").click()
    expect(answer.locator("details pre")).to_contain_text("ratelimit-remaining")


def test_every_call_that_only_reads_runs_with_the_first_of_its_list(
    page: Page, key: str, chapters: Sequence[Chapter]
) -> None:
    page.fill("#key", key)
    for chapter in chapters:
        turn_to(page, chapter.name)
        expect(page.locator("form.try")).to_have_count(len(chapter.operations))
        for call in chapter.operations:
            asked = {each.name for each in call.parameters if each.place == "path"} - set(call.sources)
            if call.verb == "GET" and not asked:
                said = send(page, call.anchor)
                assert said.startswith("✓ 200") or "nothing there yet" in said, (call.anchor, said)


def test_a_wrong_example_is_answered_with_its_problem(page: Page, key: str, chapters: Sequence[Chapter]) -> None:
    page.fill("#key", key)
    call = "post-simulations-accrual"
    [place] = [chapter.name for chapter in chapters if call in {each.anchor for each in chapter.operations}]
    page.goto(f"{page.url}/{place}#{call}")  # a link to a call opens it
    page.fill(f"#{call} textarea", '{"total": true}')
    assert send(page, call).startswith("✗ 422")
    expect(page.locator(f"#{call} .answer pre").first).to_contain_text("validation_failed")


def test_the_key_is_kept_by_the_tab_alone_from_page_to_page(page: Page, key: str) -> None:
    page.fill("#key", key)
    page.reload()
    expect(page.locator("#key")).to_have_value(key)
    turn_to(page, "customers")
    expect(page.locator("#key")).to_have_value(key)
    assert page.evaluate("() => [localStorage.length, document.cookie]") == [0, ""]
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#key")).to_have_value("")
    assert send(other, "get-customers").startswith("✗ 401")


@BOTH
def test_nothing_is_wider_than_the_screen_and_the_list_shows_where_one_is(
    page: Page, chapters: Sequence[Chapter]
) -> None:
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    for chapter in chapters:
        turn_to(page, chapter.name)
        page.evaluate(UNFOLD)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), chapter.name
        expect(page.locator("nav [aria-current]")).to_have_text(chapter.name)
        expect(page.locator("nav [aria-current]")).to_be_in_viewport(ratio=1)


@BOTH
def test_a_code_has_its_line_on_the_first_page(page: Page) -> None:
    page.goto(f"{page.url}#receipt_taken")
    expect(page.locator("#receipt_taken")).to_be_in_viewport()


def test_the_pages_read_without_a_script(browser: Browser, demo: Demo) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demo.url}/api/v1/docs?lang=en")
    page.locator("nav").get_by_role("link", name="customers", exact=True).click()
    page.locator("#get-customers summary").click()
    expect(page.locator("#get-customers .curl")).to_be_visible()
    expect(page.locator("#get-customers form")).to_be_hidden()
    assert "to try a call, switch it on" in page.locator("noscript").inner_html()
    context.close()
