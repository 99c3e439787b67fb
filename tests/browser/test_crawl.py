"""The crawler itself: it finds what it is there to find, on the page that has it, and nowhere else."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Route

from tests.browser.conftest import PHONE, WIDE
from tests.browser.crawl import HEAVIEST, Crawler, View

pytestmark = pytest.mark.xdist_group("browser")
SHOP = "http://shop.test"
GOOD = "<p>Xin chào</p>"
FAULTY = {
    "wide": ("<p style='width: 5000px'>x</p>", "wider than a screen of 360"),
    "script": ("<script>throw new Error('broken')</script>", "script: broken"),
    "console": ("<script>console.error('said')</script>", "console: said"),
    "stranger": ("<img alt='' src='http://other.test/x.png'>", "leaves the machine: http://other.test/x.png"),
    "dialog": ("<script>alert('taken')</script>", "a dialog opened: taken"),
    "heavy": (f"<!-- {'x' * HEAVIEST} -->", "weighs"),
    "late": ("<script>setTimeout(() => console.error('late'), 20)</script>", "console: late"),
    "axe": ("<img src='/console/x.png'>", "axe image-alt"),
}


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    yield opened
    opened.close()


def _endpoint(path: str) -> str:
    return "start" if path == "/console/" else "page"


def walk(
    context: BrowserContext, bodies: dict[str, str], *, views: tuple[View, ...] = (View(PHONE),)
) -> dict[str, list[str]]:
    """The faults of pages with these bodies, found from a list of links to them; every one is of the same endpoint."""

    def answer(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        links = "".join(f"<p><a href='/console/{each}'>{each}</a></p>" for each in bodies)
        body = bodies.get(name, links)
        page = f"<!doctype html><html lang=vi><title>{name} · Quán</title><main><h1>A</h1>{body}</main></html>"
        route.fulfill(content_type="text/html; charset=utf-8", body=page)

    context.route(f"{SHOP}/**", answer)
    context.route("**/*.png", lambda route: route.fulfill(content_type="image/png", body=b""))
    crawler = Crawler(context, SHOP, _endpoint, views, axe=True, per_page=99)
    return {visit.address.rpartition("/")[2]: visit.faults for visit in crawler.walk("/console/")}


def test_each_fault_is_found_on_the_page_that_has_it(context: BrowserContext) -> None:
    bodies = {name: body for name, (body, _fault) in FAULTY.items()}
    faults = walk(context, {"a-good": GOOD, **bodies, "z-good": GOOD})

    assert {
        name: [fault.partition("\n")[0][: len(FAULTY[name][1])] for fault in faults.pop(name)] for name in FAULTY
    } == {name: [fault] for name, (_body, fault) in FAULTY.items()}
    assert faults == {"": [], "a-good": [], "z-good": []}


def test_axe_judges_another_thing_on_the_same_page_again_when_it_looks_different(context: BrowserContext) -> None:
    pale = "<p style='color: #ddd'>khó đọc</p>"
    faults = walk(context, {"1": GOOD, "2": "<p>Chào bạn</p>", "3": f"{GOOD}{pale}", "4": "<button></button>"})

    assert (faults["1"], faults["2"]) == ([], [])
    assert ["color-contrast" in each for each in faults["3"]] == [True]
    assert ["button-name" in each for each in faults["4"]] == [True]


def test_a_fault_that_only_one_view_has_is_found(context: BrowserContext) -> None:
    night = "<style>@media (prefers-color-scheme: dark) { p { color: #ddd } }</style><p>Chào buổi tối</p>"
    broad = "<style>@media (min-width: 1000px) { p { width: 5000px } }</style><p>Chào</p>"
    faults = walk(context, {"night": night, "broad": broad, "good": GOOD}, views=(View(PHONE), View(WIDE, "dark")))

    assert [("color-contrast" in each, each.endswith("(dark)")) for each in faults["night"]] == [(True, True)]
    assert [each[:27] for each in faults["broad"]] == ["wider than a screen of 1366"]
    assert faults["good"] == []
