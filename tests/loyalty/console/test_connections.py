"""Connections: keys and secrets are shown once, receivers are followed attempt by attempt."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from loyalty.activity.models import Activity
from loyalty.api import resources, scopes
from loyalty.console.connections import words
from loyalty.db import Database
from loyalty.hooks import deliveries, feed, subscriptions
from loyalty.hooks.deliveries import Outcome
from loyalty.hooks.models import Webhook
from loyalty.settings import Settings
from loyalty.staff import keys, sessions
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import make_customer
from tests.builders_hooks import happen, make_webhook
from tests.hostile import PAYLOADS

URL = "https://pos.example.com/hooks"


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner")


@pytest.fixture
def webhook(console: Console) -> str:
    with console.database.transaction() as session:
        return make_webhook(session, URL).public_id


def row(console: Console, public_id: str) -> Webhook:
    with console.database.read_only() as session:
        return session.scalars(sa.select(Webhook).filter_by(public_id=public_id)).one()


def actions(console: Console, subject: str) -> list[str]:
    with console.database.read_only() as session:
        query = sa.select(AuditEntry.action).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
        return list(session.scalars(query))


def tell(console: Console, *outcomes: Outcome) -> None:
    """Attempts, as a worker writes them down."""
    with console.database.transaction() as session:
        [lease] = deliveries.claim(session, feed.newest(session), limit=1, now=NOON)
        found = feed.after(session, lease.position, 10**9, limit=len(outcomes))
        for event, outcome in zip(found, outcomes, strict=True):
            deliveries.settle(session, lease, event, outcome, now=NOON)


def happenings(console: Console, *kinds: str) -> None:
    with console.database.transaction() as session:
        happen(session, make_customer(session, joined=False), *kinds)


def test_keys_and_receivers_ask_for_the_password_once_more(console: Console, owner: Browser, webhook: str) -> None:
    console.clock.now += sessions.FRESH + timedelta(seconds=1)
    owner.get("/console/connections")
    assert "Xác nhận mật khẩu để tạo khóa" in owner.page
    new, home = "/console/connections/webhooks/new", f"/console/connections/webhooks/{webhook}"
    assert owner.get(new).location == f"/console/me/confirm?next={new}"
    assert owner.get(f"{home}/edit").location == f"/console/me/confirm?next={home}/edit"
    for path in ("/console/connections/keys", "/console/connections/webhooks", home, f"{home}/secret"):
        fields = {"name": "x", "url": "https://evil.example.com/", "scopes": ["customers:read"]}
        answer = owner.post(path, follow=False, **fields)
        assert answer.location.startswith("/console/me/confirm?next=/console/connections")
    with console.database.read_only() as session:
        assert keys.list_all(session) == []
        [kept] = subscriptions.list_newest(session)
        assert subscriptions.url_of(session, kept) == URL


def test_a_key_is_made_with_words_shown_once_and_works(console: Console, owner: Browser) -> None:
    assert "Khách hàng" in owner.get("/console/connections").text
    answer = owner.post("/console/connections/keys", name="pos", scopes=["customers:read", "purchases:write"])
    assert answer.status_code == 200
    found = re.search(r"kq_[A-Za-z0-9_-]{43}", owner.html)
    assert found is not None
    assert "Khách hàng: xem · Đơn hàng: ghi" in owner.page
    with console.database.read_only() as session:
        key = keys.find(session, found[0])
        assert key is not None and key.scopes == ["customers:read", "purchases:write"]
        subject = f"key:{key.public_id}"
    owner.get("/console/connections")
    assert "pos" in owner.page and found[0] not in owner.html
    assert actions(console, subject) == ["api_key_created"]


def test_a_key_without_a_scope_or_with_an_invented_one_is_not_made(console: Console, owner: Browser) -> None:
    for chosen in ([], ["customers:fly"], ["customers:read", "shop:burn"]):
        answer = owner.post("/console/connections/keys", name="pos", scopes=chosen)
        assert answer.status_code == 422
    with console.database.read_only() as session:
        assert keys.list_all(session) == []


def test_a_taken_name_is_said_beside_the_field(owner: Browser) -> None:
    for _ in range(2):
        answer = owner.post("/console/connections/keys", name="pos", scopes=["customers:read"])
    assert answer.status_code == 422
    assert "Đang có khóa tên «pos»" in owner.page


def test_a_revoked_key_says_why_there_is_no_way_back(console: Console, owner: Browser) -> None:
    owner.post("/console/connections/keys", name="pos", scopes=["customers:read"])
    with console.database.read_only() as session:
        [key] = keys.list_all(session)
    owner.get("/console/connections")
    assert "Không hoàn tác được" in owner.page
    owner.post(f"/console/connections/keys/{key.public_id}/revoke")
    assert "Đã thu hồi khóa «pos»" in owner.page
    assert "Hoàn tác" not in owner.page.partition("Đã thu hồi khóa")[2][:40]
    assert owner.post(f"/console/connections/keys/{key.public_id}/revoke").status_code == 404


def test_every_scope_has_words() -> None:
    called = {each.name for each in resources.blueprints() if each.called is not None}
    for scope in scopes.known():
        assert scope.partition(":")[0] in called
        assert words.VERBS[scope.partition(":")[2]].en


def test_a_webhook_shows_its_secret_once_with_a_way_to_verify(console: Console, owner: Browser) -> None:
    answer = owner.post("/console/connections/webhooks", url=URL, name="", events=["purchase.recorded"])
    assert answer.status_code == 200
    secret = re.search(r"whsec_[A-Za-z0-9+/=]{44}", owner.html)
    assert secret is not None and "standardwebhooks" in owner.html
    with console.database.read_only() as session:
        [made] = subscriptions.list_newest(session)
        assert subscriptions.secrets_of(session, made, now=NOON) == [secret[0]]
    assert (made.name, made.events) == ("pos.example.com", ["purchase.recorded"])
    assert secret[0] not in owner.get(f"/console/connections/webhooks/{made.public_id}").text
    assert URL in owner.html and "Ghi đơn, cộng điểm" in owner.page
    assert actions(console, f"webhook:{made.public_id}") == ["webhook_created"]


@pytest.mark.parametrize(
    "url", ["", "http://pos.example.com/", "https://10.0.0.1/", "javascript:alert(1)", "https://[::1/"]
)
def test_an_address_that_may_not_be_called_is_said_beside_its_field(console: Console, owner: Browser, url: str) -> None:
    answer = owner.post("/console/connections/webhooks", url=url, name="x")
    assert answer.status_code == 422
    assert 'id="e-url"' in owner.html
    with console.database.read_only() as session:
        assert subscriptions.list_newest(session) == []


def test_a_webhook_is_changed_paused_resumed_and_removed(console: Console, owner: Browser, webhook: str) -> None:
    address = f"/console/connections/webhooks/{webhook}"
    owner.get(f"{address}/edit")
    assert URL in owner.html
    owner.post(address, url=URL + "/2", name="Kho", events=[])
    assert "Đã lưu" in owner.page and "Kho" in owner.page
    owner.post(f"{address}/pause")
    assert "tạm dừng" in owner.page and "Chạy tiếp" in owner.page
    owner.post(f"{address}/resume")
    assert row(console, webhook).state == "active"
    owner.post(f"{address}/remove")
    assert "Đã gỡ webhook «Kho»" in owner.page
    assert owner.get(address).status_code == 404
    done = ["webhook_changed", "webhook_paused", "webhook_resumed", "webhook_removed"]
    assert actions(console, f"webhook:{webhook}") == done


def test_attempts_are_listed_with_their_faults_in_words_and_filtered(
    console: Console, owner: Browser, webhook: str
) -> None:
    happenings(console, "purchase", "tier")
    taken, refused = Outcome(12, 200, response=b"<b>ok</b>"), Outcome(30, 503, "http_503", b"later")
    tell(console, taken, taken, refused)
    owner.get(f"/console/connections/webhooks/{webhook}")
    assert "đã nhận 200" in owner.page and "trả lời 503" in owner.page
    assert "Đã hỏng 1 lần liền (trả lời 503). Thử lại lúc" in owner.page
    assert "&lt;b&gt;ok" in owner.html and "<b>ok" not in owner.html
    owner.get(f"/console/connections/webhooks/{webhook}?only=failed")
    assert "đã nhận 200" not in owner.page and "trả lời 503" in owner.page


def test_attempts_are_paged(console: Console, owner: Browser, webhook: str) -> None:
    happenings(console, *["note"] * 39)
    tell(console, *[Outcome(1, 200)] * 40)
    first = owner.get(f"/console/connections/webhooks/{webhook}").text
    more = re.search(r'href="(/console/connections/webhooks/[^"]*before=\d+)"', first)
    assert more is not None and first.count("đã nhận") == 30
    assert owner.get(more[1]).text.count("đã nhận") == 10
    assert owner.get(f"/console/connections/webhooks/{webhook}?before=x").status_code == 200


def test_telling_again_from_an_attempt_or_a_time(console: Console, owner: Browser, webhook: str) -> None:
    happenings(console, "purchase", "tier")
    tell(console, *[Outcome(1, 200)] * 3)
    address = f"/console/connections/webhooks/{webhook}"
    with console.database.read_only() as session:
        found = session.scalars(sa.select(Activity.id).where(Activity.kind == "tier")).one()
        second = deliveries.list_newest(session, row(console, webhook))[0]
    owner.post(f"{address}/replay-from", delivery=str(second.id))
    assert row(console, webhook).position == found - 1
    owner.post(f"{address}/replay", since="2026-11-22T12:00")  # noon at the shop
    assert row(console, webhook).position == 0
    assert owner.post(f"{address}/replay", since="tomorrow").status_code == 422
    assert owner.post(f"{address}/replay", since="2030-01-01T12:00").status_code == 422
    assert "Chọn một lúc đã qua." in owner.page
    assert owner.post(f"{address}/replay-from", delivery="999999").status_code == 200
    assert row(console, webhook).position == 0


def test_a_test_is_shown_as_it_goes(console: Console, owner: Browser, webhook: str) -> None:
    owner.post(f"/console/connections/webhooks/{webhook}/test")
    assert "Đang gửi thử" in owner.page and 'hx-trigger="every 2s"' in owner.html
    assert row(console, webhook).test_id is not None


def test_a_new_secret_is_shown_once_beside_the_old_ones_last_hour(
    console: Console, owner: Browser, webhook: str
) -> None:
    owner.post(f"/console/connections/webhooks/{webhook}/secret")
    assert re.search(r"whsec_", owner.html)
    assert "Khóa cũ còn dùng được tới" in owner.page


def test_only_the_owner_connects_other_systems(console: Console, webhook: str) -> None:
    pages = ["", "/webhooks/new", f"/webhooks/{webhook}", f"/webhooks/{webhook}/edit"]
    acts = ["/keys", "/keys/x/revoke", "/webhooks"]
    acts += [f"/webhooks/{webhook}{act}" for act in ("", "/pause", "/test", "/secret", "/replay", "/remove")]
    for role in ("cashier", "marketer", "manager"):
        browser = console.sign_in(role)
        assert {browser.get(f"/console/connections{page}").status_code for page in pages} == {403}
        assert {browser.post(f"/console/connections{act}").status_code for act in acts} == {403}
    assert row(console, webhook).state == "active"


def test_hostile_names_run_nowhere(console: Console, owner: Browser) -> None:
    for payload in PAYLOADS[:20]:
        owner.post("/console/connections/keys", name=payload[:60], scopes=["customers:read"])
        with console.database.transaction() as session:
            try:
                made = make_webhook(session, URL, name=payload[:60]).public_id
            except subscriptions.WebhookNameUnclear:
                continue
        for page in ("", f"/webhooks/{made}", f"/webhooks/{made}/edit"):
            answer = owner.get(f"/console/connections{page}")
            assert answer.status_code == 200
            assert payload not in answer.text or "<" not in payload
