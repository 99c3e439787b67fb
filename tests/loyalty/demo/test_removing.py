"""Removing: nobody of the demo is left, whatever they did; what is the shop's own stays."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.channel import PlatformTemplate
from loyalty import demo
from loyalty import shop as shops
from loyalty.alerts import raising
from loyalty.alerts.models import Alert
from loyalty.campaigns import lifecycle
from loyalty.campaigns.models import Campaign, CampaignRecipient
from loyalty.channels import accounts as channels
from loyalty.channels.models import ChannelAccount
from loyalty.customers import codes, identities, linking, profiles, questions
from loyalty.customers.models import ChannelIdentity, Customer, NameToken
from loyalty.db import Database, keyring
from loyalty.demo import crowd, prizes, removing
from loyalty.demo.ground import CHANNELS, STORE_CODE
from loyalty.demo.people import CUSTOMERS
from loyalty.demo.removing import StillInUse
from loyalty.exchange.models import ImportBatch, ImportRow
from loyalty.installation import opening
from loyalty.installation.models import Installation
from loyalty.journeys import advancing
from loyalty.journeys import lifecycle as journeys
from loyalty.messaging import conversations, inbox, outbox, phoning, templates
from loyalty.messaging.inbox import Arrival
from loyalty.messaging.models import OutboundMessage, PromotionSlot, RouteRefusal, SeenEvent, TemplateDay
from loyalty.messaging.outbox import Lane
from loyalty.points.models import AwardFact
from loyalty.points.rating import caps
from loyalty.points.rating.caps import Occasion
from loyalty.points.rating.earning import Part, Step
from loyalty.points.telling import Silent
from loyalty.points.tiers import manual
from loyalty.points.tiers.manual import Setting
from loyalty.privacy import from_platforms, requests
from loyalty.privacy.requests import Asking, Wish
from loyalty.programme.document import Kind, Rule, Scope, When
from loyalty.referrals import bringing, paying
from loyalty.referrals import codes as referrals
from loyalty.rewards import catalogue, redemptions, wishes
from loyalty.rewards.models import VoucherCode
from loyalty.segments.models import Segment
from loyalty.settings import Settings
from loyalty.staff import accounts, approvals, binding, held, keys, stores
from loyalty.staff.audit import Author
from loyalty.staff.models import AuditEntry, StaffMember
from loyalty.watch import findings
from loyalty.watch.clues import Clue
from tests.builders import NOON
from tests.builders_backups import contents, quiet
from tests.builders_campaigns import run_until_idle
from tests.builders_customers import make_customer
from tests.builders_points import award
from tests.loyalty.demo.conftest import Fill, Killed, dying, problems

TOMORROW = NOON + timedelta(days=1)
KEPT = {  # what is there when nobody is; audit and staff keep what was done and by whom
    "audit_entry", "audit_head", "alert", "crypto_key", "installation", "programme_version", "staff_member", "store",
    "api_key", "segment", "campaign", "shop_choice",
}  # fmt: skip

GIFT = Rule("gift", {"vi": "Quà"}, Kind.BONUS, Scope.BILL, When())


@pytest.fixture
def played(fill: Fill, settings: Settings) -> Iterator[Database]:
    """A small demo shop in which everything happened that can happen to somebody."""
    fill()
    database = opening.open_database(settings)
    try:
        _play_through(database)
        yield database
    finally:
        database.close()


def _play_through(database: Database) -> None:
    with database.transaction() as session:
        _play(session)
    with database.transaction() as session:
        mine = session.scalars(select(Segment).filter_by(public_id="demo-segment-yes")).one()
        campaign = lifecycle.create(session, "Của tôi", mine.id, "Chào bạn", now=NOON)
        lifecycle.schedule(session, campaign, now=NOON)
    run_until_idle(database, campaign.id, now=NOON)
    with database.transaction() as session:
        for journey in journeys.list_active(session):
            advancing.advance(session, journey.id, now=NOON)
        _spend_a_slot(session)


def _choose_a_template(session: Session, account_id: int, customer_id: int) -> None:
    """One is chosen, one was sent today, and somebody refused to get any."""
    told = PlatformTemplate("250001", "Cộng điểm", "vi", "enabled", "transaction")
    templates.sync(session, account_id, [told], now=NOON)
    template = next(each for each in templates.list_all(session) if each.name == told.name)
    templates.assign(session, "awarded", template.public_id, {}, by=Author("cli", "cli"), now=NOON)
    session.add(TemplateDay(channel_account_id=account_id, day=NOON.date(), used=1))
    facts = {"customer_id": customer_id, "channel_account_id": account_id}
    session.add(RouteRefusal(**facts, route="template_phone", code="-141", at=NOON))


def _play(session: Session) -> None:
    zalo = channels.find(session, "zalo", CHANNELS["zalo"][0])
    assert zalo is not None
    stranger, _ = identities.arrive(session, zalo, "5600000000000000777", source="zalo", now=NOON, name="Sơn")
    identities.touch(session, stranger, now=NOON)
    linking.prove_phone(session, stranger, "+84865513274", proof="shared", now=NOON)
    bought = award(session, "+84865513274", 250_000, staff_id=_thu(session).id)
    gift = Setting("silver", NOON.date(), "quà")
    manual.set_tier(session, stranger.customer_id, gift, actor="cli", key="zalo:3", now=NOON)
    occasion = Occasion(stranger.customer_id, bought.purchase.purchased_on, bought.purchase.store_id)
    caps.keep(session, bought.entry.id, [Part(Step.BONUS, "gift")], [GIFT], occasion)
    facts = {"entry_id": bought.entry.id, "customer_id": stranger.customer_id}
    session.add(AwardFact(**facts, segments=[], birthday=["day"], had=[]))
    _bring_a_friend(session, stranger.customer_id)
    tuan = next(person for person in CUSTOMERS if person.key == "tuan")
    visitor, _ = identities.arrive(session, zalo, tuan.zalo or "", source="zalo", now=NOON)
    linking.prove_phone(session, visitor, tuan.phone or "", proof="shared", now=NOON)  # moves to who has the phone
    questions.ask(session, stranger, "promotion_consent", {}, now=NOON)
    _choose_a_template(session, zalo.id, stranger.customer_id)
    wish = Asking(Wish.CORRECT, "zalo", words="em tên Sơn")
    requests.call(session, requests.ask(session, stranger.customer_id, wish, key="zalo:4", now=NOON), now=NOON)
    codes.issue_member_code(session, stranger.customer_id, stranger.id, now=NOON)
    assert phoning.want(session, stranger.customer_id, phoning.EXPIRING, "window", "Điểm sắp hết hạn", now=NOON)
    _write_messages(session, zalo.id, stranger.customer_id)
    conversations.arrive(session, stranger, waits=True, now=NOON)
    _import(session, stranger.customer_id)
    _want(session, stranger.customer_id)
    thu = _thu(session)
    held.once_more(session, thu.id, "/tich 0912345678 250k", now=NOON)
    approvals.ask(session, "award", {"customer": stranger.customer_id}, key="zalo:1", asked_by=thu, now=NOON)
    binding.issue_code(session, thu.id, now=NOON)
    raising.raise_alert(session, "staff_bound", f"staff:{thu.public_id}", "cashier zalo", now=NOON)
    clue = Clue(thu.id, (1,), 50, {"count": 4}, stranger.customer_id)
    findings.keep(session, "same_customer", [clue], shops.of(session).day(NOON), now=NOON)
    _ask_for_deletion(session)


def _want(session: Session, customer_id: int) -> None:
    """Somebody waits for the tumbler, and took a coffee, which gave a code of its own."""
    coffee, *_, tumbler = (catalogue.get_public(session, public_id) for public_id in prizes.IDS)
    wishes.add(session, customer_id, tumbler, now=NOON)
    award(session, "+84865513274", 200_000)
    done = redemptions.redeem(session, customer_id, coffee.id, key="zalo:2", actor="customer", now=NOON)
    given = {"reward_id": tumbler.id, "redemption_id": done.redemption.id, "added_at": NOON}
    session.add(VoucherCode(public_id="voucher", code_hash=b"", code=b"", **given))


def _import(session: Session, customer_id: int) -> None:
    """One row of a spreadsheet, of this customer."""
    batch = ImportBatch(
        public_id="batch", kind="customers", state="done", actor="cli", source="cli", title=b"", digest=b"",
        options={}, rows=1, cursor=1, counts={}, created_at=NOON,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    session.add(
        ImportRow(batch_id=batch.id, number=1, outcome="new", fate="written", detail={}, customer_id=customer_id)
    )


def _bring_a_friend(session: Session, referrer_id: int) -> None:
    """Brought three weeks ago, bought, and paid for."""
    then = NOON - timedelta(days=20)
    friend = make_customer(session, phone="+84865513999", now=then)
    bringing.bring(session, friend.id, referrals.of(session, referrer_id, now=then), how="typed", now=then)
    award(session, friend, 100_000, now=then + timedelta(days=1))
    for referral_id in paying.due(session):
        paying.look(session, Silent(), referral_id, now=NOON)


def _write_messages(session: Session, account_id: int, customer_id: int) -> None:
    """In and out, to the stranger and to Thu."""
    oa = CHANNELS["zalo"][0]
    for user, whose in (("5600000000000000777", customer_id), ("5500000000000000201", None)):
        arrival = Arrival("zalo", oa, f"e-{user}", f"zalo:{oa}:{user}", "user_send_text", b"{}", ignored=False)
        session.execute(inbox.INSERT, inbox.row(keyring(session), arrival, NOON))
        outbox.enqueue(
            session,
            dedupe_key=f"reply:{user}",
            lane=Lane.REPLY,
            channel_account_id=account_id,
            user_id=user,
            customer_id=whose,
            text="Chào bạn",
            now=NOON,
        )
    session.add(SeenEvent(channel="zalo", account=oa, event_id="old", seen_on=NOON.date()))


def _ask_for_deletion(session: Session) -> None:
    """Through the platform: somebody whose chat bears that very name, and somebody nobody knows."""
    chats = select(ChannelIdentity.user_id).join(ChannelAccount).where(ChannelAccount.kind == "messenger")
    chat = session.scalars(chats.limit(1)).one()
    for name in (chat, "218471"):
        from_platforms.receive(session, "messenger", name, now=NOON)


def _spend_a_slot(session: Session) -> None:
    message = session.scalars(select(OutboundMessage).where(OutboundMessage.lane == Lane.PROMOTION).limit(1)).one()
    assert message.customer_id is not None
    session.add(PromotionSlot(customer_id=message.customer_id, shop_day=NOON.date(), n=1, message_id=message.id))
    assert session.scalar(select(CampaignRecipient.id).limit(1)) is not None


def _thu(session: Session) -> StaffMember:
    return accounts.get_by_name(session, "Thu")


def left(settings: Settings) -> set[str]:
    """Tables in which a row is left."""
    return {table for table, rows in contents(settings).items() if rows}


def remove(settings: Settings) -> int:
    return demo.remove(settings, say=quiet, now=TOMORROW)


def test_nothing_is_left_of_anybody(played: Database, settings: Settings) -> None:
    assert len(left(settings)) > 25  # else this proves little

    assert (
        remove(settings) == len(crowd.guests()) + 4
    )  # the stranger, a friend, the first records of Lan's and Tuấn's chats

    assert left(settings) <= KEPT
    assert problems(played) == []
    with played.read_only() as session:
        assert not session.scalar(select(Installation.demo))
        assert [store.code for store in stores.list_all(session)] == ["MAIN"]
        assert raising.list_open(session) == []


def test_everybody_of_the_tables_that_hang_on_customers_was_there_to_be_removed(played: Database) -> None:
    schema = removing._schema(played)
    people = schema.tables["customer"]
    hanging = [table for table, _ in removing._hanging(schema, {people: people.c.demo.is_(True)})]
    with played.read_only() as session:
        empty = [table.name for table in hanging if session.execute(select(table).limit(1)).first() is None]

    assert {"ledger_entry", "consent_event", "lot", "promotion_slot", "question", "customer_key"} <= {
        table.name for table in hanging
    }
    assert empty == []


def test_removing_twice_is_harmless_and_real_use_may_begin(played: Database, settings: Settings) -> None:
    remove(settings)
    database = opening.open_database(settings)
    with database.transaction() as session:
        award(session, "+84912345678", now=TOMORROW)
        segment = Segment(public_id="a-segment-of-ours", name="Tất cả", rules={"all": []}, created_at=NOON)
        session.add(segment)
        session.flush()
        campaign = lifecycle.create(session, "Khai trương", segment.id, "Chào bạn", now=NOON)
        lifecycle.schedule(session, campaign, at=TOMORROW, now=NOON)
    before = contents(settings)

    assert remove(settings) == 0

    assert contents(settings) == before
    assert problems(database) == []
    database.close()


def test_a_removed_demo_may_be_filled_again(fill: Fill, settings: Settings, database: Database) -> None:
    fill()
    remove(settings)
    fill(TOMORROW)

    with database.read_only() as session:
        assert [accounts.name_of(session, member) for member in accounts.list_all(session)] == [
            "Thu",
            "Hùng",
            "Mai",
            "Quyên",
        ]
        assert profiles.find_by_phone(session, CUSTOMERS[0].phone or "") is not None
        assert STORE_CODE in {store.code for store in stores.list_all(session)}
    assert problems(database) == []


@pytest.mark.parametrize("steps", [1, 6, 12])
def test_a_removal_that_was_killed_is_finished_by_the_next(
    played: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(removing, "_drain", dying(removing._drain, after=steps))
        with pytest.raises(Killed):
            remove(settings)
    with played.read_only() as session:
        assert session.scalar(select(Installation.demo))

    remove(settings)

    assert left(settings) <= KEPT
    assert problems(played) == []


def test_small_steps_remove_as_much(played: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removing, "CHUNK", 3)
    remove(settings)
    assert left(settings) <= KEPT


def _write_about_somebody(database: Database) -> None:
    with database.transaction() as session:
        somebody = session.scalars(select(Customer.id).where(Customer.erased_at.is_(None)).limit(1)).one()
        session.add(NameToken(customer_id=somebody, token=4711))


@pytest.mark.parametrize("times", [1, 99])
def test_who_is_written_about_meanwhile_goes_in_the_next_pass_or_the_shop_is_to_be_stopped(
    played: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    disturbances = iter(range(times))

    def disturbed(database: Database, table: sa.Table, condition: removing.Condition, gone: removing.Progress) -> None:
        if table.name == "customer" and next(disturbances, None) is not None:
            _write_about_somebody(played)
        drain(database, table, condition, gone)

    drain = removing._drain
    monkeypatch.setattr(removing, "_drain", disturbed)
    if times == 1:
        remove(settings)
        assert left(settings) <= KEPT
    else:
        with pytest.raises(StillInUse, match="loyalty serve"):
            remove(settings)


def test_what_is_the_shops_own_stays(played: Database, settings: Settings) -> None:
    with played.transaction() as session:
        keys.create(session, "till", ["purchases:write"], now=NOON)

    remove(settings)

    with played.read_only() as session:
        [campaign] = session.scalars(select(Campaign)).all()
        assert (campaign.name, campaign.state, campaign.next_at) == ("Của tôi", "draft", None)
        assert session.scalars(select(Segment.public_id)).all() == ["demo-segment-yes"]  # that campaign is for it
        assert [key.name for key in keys.list_all(session)] == ["till"]


def test_real_staff_stay_with_their_audit_and_demo_staff_leave_theirs(
    fill: Fill, settings: Settings, database: Database
) -> None:
    with database.transaction() as session:
        accounts.add(session, "Chị Sáu", "owner", now=NOON)
    fill()
    remove(settings)

    with database.read_only() as session:
        assert [accounts.name_of(session, member) for member in accounts.list_all(session)] == ["Chị Sáu"]
        told = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        begun = ["demo_begun", *["staff_added"] * 4, "template_chosen"]
        assert told == ["staff_added", *begun] + ["staff_removed"] * 4
        assert session.scalars(select(Alert).where(Alert.closed_at.is_(None))).all() == []


def test_a_database_that_never_was_a_demo_is_not_touched(settings: Settings, database: Database) -> None:
    with database.transaction() as session:
        award(session, "+84912345678")
        raising.raise_alert(session, "backup_failed", "backup", "disk", now=NOON)
    before = contents(settings)

    assert remove(settings) == 0
    assert contents(settings) == before
