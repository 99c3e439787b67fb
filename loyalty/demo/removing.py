"""Removing the demo people and everything that hangs on them, so that real use may begin."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from loyalty.alerts.models import Alert
from loyalty.campaigns.models import (
    Campaign,
    CampaignContent,
    CampaignOffer,
    CampaignPicture,
    CampaignRecipient,
    CampaignResult,
    CampaignRun,
)
from loyalty.customers.models import Customer
from loyalty.db import Base, Database
from loyalty.demo import art, choosing, friends, ground, journeys, offers, past_campaign, prizes, proposal, traits
from loyalty.demo.ground import CHANNELS, STORE
from loyalty.demo.telling import Teller
from loyalty.errors import Conflict
from loyalty.installation import opening
from loyalty.messaging import colleagues
from loyalty.pictures import gallery
from loyalty.pictures.models import Picture
from loyalty.points.rating import caps
from loyalty.purchases.models import Purchase
from loyalty.rewards import catalogue
from loyalty.rewards.models import Redemption, Reward, RewardWish, VoucherCode
from loyalty.segments.models import Segment, SegmentChange
from loyalty.settings import Settings
from loyalty.staff import audit, leaving
from loyalty.staff.models import StaffMember, Store

CHUNK = 300  # rows deleted in one transaction: far below 50 ms of writing
ACCOUNTS = [account for account, _ in CHANNELS.values()]
PASSES = 5  # who arrives while their rows are being removed is removed in the next

Condition = sa.ColumnElement[bool]
Doomed = tuple[sa.Table, Condition]
Progress = Callable[[Session, int], None]  # told, in the transaction that removed them, of so many rows


class StillInUse(Conflict):
    """Others keep writing about the people being removed."""

    code = "demo_in_use"
    spoken = True


def remove(settings: Settings, *, say: Callable[[str], None], now: datetime | None = None) -> int:
    """Remove every demo customer, also those who came by playing, with all rows about them; returns how many they were.

    The demo's own staff leave and their audit stays; whomever the shop took on itself stays. A campaign that is not of
    the demo becomes a draft again. Real people and what is theirs are not touched. Short transactions: after a kill the
    next run goes on; once more changes nothing. Raises OldSchema, StillInUse.
    """
    teller, at = Teller(say, settings.locale), now or datetime.now(UTC)
    database = opening.open_database(settings)
    try:
        with database.read_only() as session:
            count = ground.count_people(session, demo=True)
        teller.tell("removing", count=count)
        empty(database, now=at)
        return count
    except StillInUse:
        raise StillInUse(teller.line("in_use")) from None
    finally:
        database.close()


def empty(database: Database, *, now: datetime, gone: Progress = lambda session, rows: None) -> None:
    """All that `remove` does; `gone` hears of each step and may end it by raising. Raises StillInUse."""
    with database.transaction() as session:
        _dismiss(session, now)
    _remove_people(database, gone)
    with database.transaction() as session:
        _close(session, now)


def count_rows(database: Database) -> int:
    """How many rows hang on demo people and on the demo's accounts at the moment."""
    conditions: dict[sa.Table, Condition] = {}
    for table, condition in _doomed(_schema(database)):
        conditions[table] = conditions.get(table, sa.false()) | condition
    with database.read_only() as session:
        counts = (sa.select(sa.func.count()).select_from(table).where(picked) for table, picked in conditions.items())
        return sum(session.scalar(count) or 0 for count in counts)


def _dismiss(session: Session, now: datetime) -> None:
    """Nobody of the demo works here any more, and nothing more is sent to its people."""
    is_demo = ground.hold(session)
    here = sa.select(StaffMember.id).where(StaffMember.demo, StaffMember.removed_at.is_(None)).order_by(StaffMember.id)
    for staff_id in session.scalars(here).all():
        leaving.remove(session, staff_id, now=now, even_last_owner=True)
    if is_demo:
        session.execute(sa.update(Campaign).values(state="draft", at=None, cron=None, next_at=None))
        under_way = sa.update(CampaignRun).where(CampaignRun.finished_at.is_(None))
        session.execute(under_way.values(state="cancelled", finished_at=now))
        journeys.hold(session)


def _remove_people(database: Database, gone: Progress) -> None:
    """Raises StillInUse."""
    doomed = list(_doomed(_schema(database)))
    for _ in range(PASSES):
        try:
            _part(database)
            for table, condition in doomed:
                _drain(database, table, condition, gone)
            return
        except IntegrityError:  # a row was added about somebody whose other rows are gone already
            continue
    raise StillInUse


def _schema(database: Database) -> sa.MetaData:
    """The tables as they are: one that is added later and hangs on customers is found by itself."""
    tables = sa.MetaData()
    with database.engine.connect() as connection:
        tables.reflect(connection)
    return tables


def _doomed(schema: sa.MetaData) -> Iterator[Doomed]:
    """Each table with the condition that picks what goes of it; a row before those it refers to."""
    tables = schema.tables
    people, ours = tables["customer"], tables["channel_account"]
    yield from _of_events(tables)
    yield from _of_staff(tables)
    roots = {people: people.c.demo.is_(True), ours: ours.c.external_id.in_(ACCOUNTS)}
    brought = {
        tables[name]: _is_demo(tables) for name in ("import_batch", "webhook_delivery", "platform_request")
    }  # nothing real in a demo
    yield from _hanging(schema, roots | brought)


def _is_demo(tables: Mapping[str, sa.Table]) -> Condition:
    return sa.exists().where(tables["installation"].c.demo.is_(True))


def _of_events(tables: Mapping[str, sa.Table]) -> Iterator[Doomed]:
    """What came in from demo people, and whatever came in by the demo accounts."""
    account, chat, people = tables["channel_account"], tables["channel_identity"], tables["customer"]
    senders = (
        sa.select(account.c.kind + ":" + account.c.external_id + ":" + chat.c.user_id)
        .join(chat, chat.c.channel_account_id == account.c.id)
        .join(people, people.c.id == chat.c.customer_id)
        .where(people.c.demo.is_(True))
    )
    events, seen = tables["inbound_event"], tables["seen_event"]
    yield events, events.c.account.in_(ACCOUNTS) | events.c.sender.in_(senders)
    yield seen, seen.c.account.in_(ACCOUNTS)


def _of_staff(tables: Mapping[str, sa.Table]) -> Iterator[Doomed]:
    """What members of staff only need as long as they work here; and what anybody asked for demo people."""
    member = tables["staff_member"]
    theirs = sa.select(member.c.id).where(member.c.demo.is_(True))
    for name in ("staff_code", "staff_identity", "watch_day", "watch_finding"):
        yield tables[name], tables[name].c.staff_id.in_(theirs)
    for name, column in (("held_line", "staff_id"), ("approval", "asked_by_id")):
        yield tables[name], tables[name].c[column].in_(theirs) | _is_demo(tables)


def _hanging(schema: sa.MetaData, roots: Mapping[sa.Table, Condition]) -> list[Doomed]:
    """The roots and all that refers to them, directly or through others; what refers comes first."""
    found = dict(roots)
    for table in schema.sorted_tables:
        parents = ((key.parent, key.column) for key in table.foreign_keys if key.column.table is not table)
        ways = [ours.in_(sa.select(its).where(found[its.table])) for ours, its in parents if its.table in found]
        if ways and table not in roots:
            found[table] = sa.or_(*ways)
    return [(table, found[table]) for table in reversed(schema.sorted_tables) if table in found]


def _part(database: Database) -> None:
    """No row of a customer refers to another customer any more."""
    with database.transaction() as session:
        moved = sa.update(Customer).where(Customer.demo, Customer.moved_to_id.is_not(None)).values(moved_to_id=None)
        session.execute(moved.execution_options(synchronize_session=False))


def _drain(database: Database, table: sa.Table, condition: Condition, gone: Progress) -> None:
    """Delete what the condition picks, the newest rows first: a movement that undid another goes before it."""
    key = list(table.primary_key.columns)
    newest = sa.select(*key).where(condition).order_by(*(column.desc() for column in key)).limit(CHUNK)
    statement = sa.delete(table).where(sa.tuple_(*key).in_(newest)).returning(key[0])
    rows = CHUNK
    while rows == CHUNK:
        with database.transaction() as session:
            ground.hold(session)
            rows = len(session.execute(statement).all())
            gone(session, rows)


def _close(session: Session, now: datetime) -> None:
    """What the demo had made of its own is taken away where nobody uses it, and the shop is a real one."""
    for member in session.scalars(sa.select(StaffMember).where(StaffMember.demo)).all():
        colleagues.let_go(session, member, by=audit.CLI, now=now)  # cases of real people
    proposal.take_away(session)
    caps.recount(session)
    friends.take_rules_away(session)
    if not ground.hold(session):
        return
    used_by = sa.exists().where
    idle_runs = sa.select(CampaignRun.id).where(~used_by(CampaignRecipient.run_id == CampaignRun.id))
    _delete(session, CampaignResult, CampaignResult.run_id.in_(idle_runs))
    _delete(session, CampaignRun, ~used_by(CampaignRecipient.run_id == CampaignRun.id))
    session.execute(sa.update(CampaignRun).values(certificate=None))  # issued anew for the people who are left
    journeys.take_away(session)
    ours = Campaign.public_id.in_([past_campaign.ID, *(plan.id for plan in offers.CAMPAIGNS)])
    gone = sa.select(Campaign.id).where(ours, ~used_by(CampaignRun.campaign_id == Campaign.id))
    for model in (CampaignContent, CampaignOffer, CampaignPicture):
        _delete(session, model, model.campaign_id.in_(gone))
    _delete(session, Campaign, ours, ~used_by(CampaignRun.campaign_id == Campaign.id))
    kept = sa.or_(Segment.public_id.in_([choice.id for choice in offers.SEGMENTS]), choosing.is_ours(Segment))
    _remove_rewards(session)
    users = (Campaign.segment_id, Reward.segment_id, SegmentChange.segment_id)
    unused = [~used_by(column == Segment.id) for column in users]
    _delete(session, Segment, kept, *unused)
    choosing.forget(session)
    traits.take_away(session)
    idle = (~used_by(Purchase.store_id == Store.id), ~used_by(StaffMember.store_id == Store.id))
    _delete(session, Store, Store.public_id == STORE, *idle)
    session.execute(sa.update(Alert).where(Alert.closed_at.is_(None)).values(closed_at=now))  # what lasts comes again
    session.execute(sa.delete(sa.table("idempotency_record")))  # answers that quote demo people
    ground.set_demo(session, False)


def _remove_rewards(session: Session) -> None:
    """The demo's rewards, but those a real person redeemed; of the others nothing is kept aside for who is gone."""
    used_by = sa.exists().where
    made_here = Reward.public_id.in_(prizes.IDS) | (Reward.price == 0)
    given = used_by(Redemption.reward_id == Reward.id) | used_by(CampaignOffer.reward_id == Reward.id)
    gone = session.scalars(sa.select(Reward.id).where(made_here, ~given)).all()
    photos = session.scalars(sa.select(Reward.picture_id).where(Reward.id.in_(gone))).all()
    for model in (VoucherCode, RewardWish):
        _delete(session, model, model.reward_id.in_(gone))
    _delete(session, Reward, Reward.id.in_(gone))
    _delete(session, Picture, Picture.id.in_(photos) | Picture.digest.in_(art.digests()), gallery.is_unshown())
    catalogue.recount(session)


def _delete(session: Session, model: type[Base], *conditions: Condition) -> None:
    session.execute(sa.delete(model).where(*conditions).execution_options(synchronize_session=False))
