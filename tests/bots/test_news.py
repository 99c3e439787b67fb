"""What platforms tell besides words: once, for the right person, and nobody is answered."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots import dispatch
from bots.channel import Inbound, InboundKind
from loyalty.activity import timeline
from loyalty.alerts import raising
from loyalty.channels import accounts, figures, tokens
from loyalty.channels.tokens import Pair
from loyalty.customers import cases, casework, consents, identities, tags, withdrawals
from loyalty.customers.cases import Wanted
from loyalty.customers.models import Case
from loyalty.messaging import outbox, receipts
from loyalty.messaging.models import EarlyReceipt, OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.staff.models import Role
from tests.builders import NOON
from tests.builders_chat import Person, make_account, meet, said
from tests.builders_staff import make_staff

MINUTE = timedelta(minutes=1)


def alerts(session: Session) -> dict[str, str]:
    return {alert.kind: alert.detail for alert in raising.list_open(session)}


def happen(session: Session, kind: InboundKind, *, at: datetime = NOON, **details: object) -> None:
    account = make_account(session, "zalo")
    values: dict[str, object] = {"event_id": "n1", "user": ""} | details
    event = Inbound(account=account.external_id, kind=kind, at=at, name="news", **values)  # type: ignore[arg-type]
    dispatch.handle(session, account, event, now=NOON)
    session.flush()


def put(session: Session, person: Person | None = None, **values: object) -> OutboundMessage:
    """A message that was sent, to a customer's chat or to nobody known."""
    account = make_account(session, "zalo")
    message_id = outbox.enqueue(
        session,
        dedupe_key=f"m{values.get('provider_id', '')}",
        lane=Lane.NOTICE,
        channel_account_id=account.id,
        user_id=person.user if person else "u",
        customer_id=person.customer.id if person else None,
        text="Đơn của bạn",
        now=NOON,
    )
    message = session.get_one(OutboundMessage, message_id)
    message.state, message.settled_at = "sent", NOON
    for name, value in values.items():
        setattr(message, name, value)
    session.flush()
    return message


class TestWithdrawal:
    @pytest.fixture
    def lan(self, session: Session) -> Person:
        lan = meet(session)
        lan.say("0912345678")
        lan.say("đồng ý")
        assert lan.customer_may_get_offers
        return lan

    def test_offers_end_at_once_and_people_decide_about_the_rest(self, session: Session, lan: Person) -> None:
        before = len(said(session))
        lan.sends(InboundKind.WITHDRAWAL, interaction=False, event_id="w1")

        assert not lan.customer_may_get_offers
        assert not lan.identity_promotion
        (case,) = cases.list_due(session, Wanted())
        assert (case.kind, case.opened_by, case.source) == ("request", "customer", "zalo")
        assert "xóa dữ liệu" in cases.words_of(session, case)
        assert alerts(session)["data_withdrawn"] == f"#{case.id}"
        assert len(said(session)) == before  # nobody is written to

    def test_it_happens_once_however_often_it_comes(self, session: Session, lan: Person) -> None:
        for _ in range(3):
            lan.sends(InboundKind.WITHDRAWAL, interaction=False, event_id="w1")
        assert len(cases.list_due(session, Wanted())) == 1
        answers = [
            event.granted for event in consents.list_all(session, lan.customer.id) if event.purpose == "promotion"
        ]
        assert answers == [True, False]
        (alert,) = [alert for alert in raising.list_open(session) if alert.kind == withdrawals.ALERT]
        assert alert.times == 1

    def test_the_owner_is_reminded_until_it_is_answered(self, session: Session, lan: Person) -> None:
        lan.sends(InboundKind.WITHDRAWAL, interaction=False, event_id="w1")
        owner = make_staff(session, Role.OWNER)
        (case,) = cases.list_due(session, Wanted())
        casework.answer(session, case, "Đã xóa theo yêu cầu", casework.Worker("cli", "k", NOON, owner))
        assert withdrawals.ALERT not in alerts(session)

    def test_whoever_never_came_holds_nothing_here(self, session: Session) -> None:
        meet(session).sends(InboundKind.WITHDRAWAL, interaction=False)
        assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == 0
        assert alerts(session) == {}


class TestAnswers:
    @pytest.fixture
    def lan(self, session: Session) -> Person:
        lan = meet(session)
        lan.say("0912345678")
        return lan

    def test_a_poor_rating_by_our_own_name_is_for_people(self, session: Session, lan: Person) -> None:
        message = put(session, lan, provider_id="z1")
        details: dict[str, Any] = {
            "text": "Hơi lâu",
            "facts": {"rate": "2"},
            "message_ids": ("other",),
            "reference": message.public_id,
        }
        happen(session, InboundKind.ANSWER, **details)
        happen(session, InboundKind.ANSWER, **details)

        (case,) = cases.list_due(session, Wanted())
        assert (case.customer_id, case.kind) == (lan.customer.id, "feedback")
        assert cases.words_of(session, case) == "Chấm 2/5: Hơi lâu"
        rows = [row for row in timeline.list_newest(session, lan.customer.id) if row.data.get("event") == "answer"]
        assert [timeline.words(session, row) for row in rows] == ["Chấm 2/5: Hơi lâu"]

    def test_full_stars_and_a_tap_stand_in_the_story_only(self, session: Session, lan: Person) -> None:
        put(session, lan, provider_id="z1")
        happen(session, InboundKind.ANSWER, facts={"rate": "5"}, message_ids=("z1",))
        happen(session, InboundKind.ANSWER, event_id="n2", text="Có", message_ids=("z1",))

        assert cases.list_due(session, Wanted()) == []
        rows = [row for row in timeline.list_newest(session, lan.customer.id) if row.data.get("event") == "answer"]
        assert [timeline.words(session, row) for row in rows] == ["Có", "Chấm 5/5"]

    def test_an_answer_to_somebody_elses_message_is_let_go(self, session: Session, lan: Person) -> None:
        put(session, None, provider_id="z9")  # to a colleague
        for ids in (("z9",), ("unheard",), ()):
            happen(session, InboundKind.ANSWER, text="Có", message_ids=ids, reference="r")
        assert all(row.data.get("event") != "answer" for row in timeline.list_newest(session, lan.customer.id))


class TestTemplates:
    def change(self, session: Session, now: str, *, at: datetime = NOON, what: str = "status") -> None:
        facts = {"what": what, "template": "250001", "before": "x", "now": now}
        happen(session, InboundKind.TEMPLATE, at=at, facts=facts)

    @pytest.mark.parametrize("word", ["DISABLE", "DISABLED", "REJECT"])
    def test_the_owner_hears_of_a_template_that_is_off_until_it_is_on(self, session: Session, word: str) -> None:
        self.change(session, word)
        self.change(session, word)  # twice
        (alert,) = raising.list_open(session)
        assert (alert.kind, alert.detail, alert.times) == ("template_off", "250001", 1)
        self.change(session, "ENABLE", at=NOON - MINUTE)  # an older word, come late
        assert "template_off" in alerts(session)
        self.change(session, "ENABLE", at=NOON + MINUTE)
        assert alerts(session) == {}

    def test_quality_and_quotas_are_kept(self, session: Session) -> None:
        self.change(session, "LOW", what="quality")
        happen(session, InboundKind.TEMPLATE, facts={"what": "quota", "before": "5000", "now": "2000"})
        account = make_account(session, "zalo")
        kept = {
            f.name: f.value for prefix in ("quota:", "template:") for f in figures.list_of(session, account.id, prefix)
        }
        assert kept == {
            "quota:templates_day": {"total": 2000, "before": 5000},
            "template:250001:quality": {"now": "LOW", "before": "x"},
        }
        assert alerts(session) == {}


class TestRevoked:
    @pytest.fixture(autouse=True)
    def granted(self, session: Session) -> None:
        account = make_account(session, "zalo")
        tokens.grant(session, account.id, Pair("a", "r", NOON + timedelta(hours=25)), now=NOON)

    def test_the_account_stops_until_a_new_consent(self, session: Session) -> None:
        happen(session, InboundKind.REVOKED, at=NOON + MINUTE)
        account = make_account(session, "zalo")
        assert account.stopped_reason == "permission_revoked"
        found = tokens.find(session, account.id)
        assert found is not None
        assert found[1] == "needs_consent"
        assert alerts(session) == {"token_lost": "permission_revoked"}

    def test_a_word_older_than_our_tokens_is_let_go(self, session: Session) -> None:
        happen(session, InboundKind.REVOKED, at=NOON - MINUTE)
        account = make_account(session, "zalo")
        assert accounts.get(session, account.id).stopped_at is None
        assert alerts(session) == {}


class TestReceipts:
    def receive(self, session: Session, *ids: str, seen: bool = False, reference: str = "") -> None:
        kind = InboundKind.SEEN if seen else InboundKind.DELIVERED
        happen(session, kind, user="u", message_ids=ids, reference=reference)

    def test_several_are_marked_at_once(self, session: Session) -> None:
        one, two = put(session, provider_id="p1"), put(session, provider_id="p2")
        self.receive(session, "p1", "p2", seen=True)
        assert (one.seen_at, two.seen_at, two.delivered_at) == (NOON, NOON, NOON)

    def test_one_before_its_send_was_settled_is_matched_later(self, session: Session) -> None:
        self.receive(session, "p1")
        self.receive(session, "p1", seen=True)
        self.receive(session, "p1")
        assert receipts.match(session) == 0
        message = put(session, provider_id="p1")
        assert receipts.match(session) == 1
        assert (message.delivered_at, message.seen_at) == (NOON, NOON)
        assert session.scalar(sa.select(sa.func.count()).select_from(EarlyReceipt)) == 0

    def test_a_template_by_phone_is_known_by_our_own_name(self, session: Session) -> None:
        message = put(session, provider_id="p1")
        self.receive(session, "another-id", reference=message.public_id)
        assert message.delivered_at == NOON
        assert receipts.match(session) == 0

    @pytest.mark.parametrize(("state", "reason"), [("unknown", "unknown"), ("waiting", "once more")])
    def test_a_receipt_settles_what_was_in_doubt(self, session: Session, state: str, reason: str) -> None:
        message = put(session, state=state, reason=reason, settled_at=None)
        self.receive(session, "p7", reference=message.public_id)
        assert (message.state, message.provider_id, message.delivered_at) == ("sent", "p7", NOON)

    def test_a_message_on_its_way_is_left_to_its_sender(self, session: Session) -> None:
        message = put(session, state="sending", settled_at=None)
        self.receive(session, "p7", reference=message.public_id)
        assert (message.state, message.delivered_at) == ("sending", None)
        message.state, message.provider_id = "sent", "p7"
        session.flush()
        assert receipts.match(session) == 1

    def test_receipts_make_nobody_known(self, session: Session) -> None:
        self.receive(session, "p1")
        account = make_account(session, "zalo")
        assert identities.find(session, account.id, "u") is None


def test_a_tag_of_the_platform_holds_here_where_it_is_wished_for_and_older_news_does_not(session: Session) -> None:
    lan, account = meet(session), make_account(session, "zalo")
    lan.say("điểm")

    def tagged(what: str, tag: str = "VIP", at: datetime = NOON) -> list[str]:
        happen(session, InboundKind.TAGGED, user=lan.user, text=tag, ref=what, at=at)
        return list(tags.list_of(session, lan.customer.id))

    assert tagged("add") == []
    account.takes_tags = True
    assert tagged("add") == tagged("add") == ["vip"]
    assert tagged("remove", at=NOON - MINUTE) == ["vip"]  # it was given since
    assert tagged("remove") == []
    assert tagged("add", tag="x" * 50) == tagged("add", tag="a,b") == []  # no tag of ours: it stays there
    happen(session, InboundKind.TAGGED, user="nobody", text="VIP", ref="add")
    assert said(session)[1:] == []  # and nobody is answered
