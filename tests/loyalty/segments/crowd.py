"""A shop by chance, as plain rows for the reference and in the database; and rules by chance that are near it."""

import random
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.activity.models import Activity
from loyalty.campaigns.models import Campaign, CampaignContent, CampaignGift, CampaignRecipient, CampaignRun
from loyalty.channels.models import ChannelAccount
from loyalty.customers.models import Case, ChannelIdentity, CustomerTag
from loyalty.customers.traits import fields, values
from loyalty.customers.traits.fields import Definition
from loyalty.customers.traits.models import Interest
from loyalty.messaging.models import OutboundMessage
from loyalty.points.models import LedgerEntry, Lot
from loyalty.purchases.models import Purchase, PurchaseLine
from loyalty.rewards.models import Redemption
from loyalty.segments import cycles
from loyalty.segments.models import ListMember, Segment
from loyalty.staff.audit import Author
from loyalty.staff.models import Store
from tests.builders_campaigns import make_account, make_person
from tests.builders_rewards import make_reward
from tests.loyalty.segments.reference import NAMES, OWN, Row, day_of

CATEGORIES = ["Cà phê", "Bánh", "Trà", None]
PRODUCTS = [("CF1", "Bạc xỉu"), ("BM2", "Bánh mì"), (None, "Trà đào"), ("x'; --", "100%_\\")]
TAGS = ["khách sỉ", "vip", "dị ứng sữa", "%"]
STORES = ["MAIN", "Q1"]
LIKES = ["trà sữa", "cà phê", "100%_\\"]
SKINS = ["Dầu", "Khô", "100%_\\"]
KINDS = {"secret": "text"}
BY = Author("demo", "demo")
HOURS = 24 * 45
EVERYBODY: Row = {"all": []}


def make_shop(session: Session, rng: random.Random, size: int, now: datetime) -> Row:
    """So many people, and two campaigns and segments; returned as the reference wants it."""
    for code in STORES:
        if session.scalar(sa.select(Store.id).filter_by(code=code)) is None:
            session.add(Store(public_id=f"store-{code}", code=code, name=f"Cửa hàng {code}"))
    accounts = {kind: make_account(session, kind) for kind in ("zalo", "messenger")}
    accounts["messenger"].stopped_at = rng.choice([None, now])
    session.flush()
    shop: Row = {"now": now, "today": day_of(now), "segments": {}, "people": {}, "lists": []}
    shop["window"] = {kind: timedelta(seconds=account.window_seconds) for kind, account in accounts.items()}
    shop["stopped"] = {kind: account.stopped_at is not None for kind, account in accounts.items()}
    for kind in OWN:
        if kind not in fields.by_key(session):
            choices = SKINS if kind == "choice" else ()
            stated = Definition(kind, kind, kind, KINDS.get(kind, kind), "care", 12, kind == "secret", choices)
            fields.define(session, stated, by=BY, now=now)
    shop["reward"] = make_reward(session).id
    runs = _campaigns(session, rng, shop)
    for _ in range(size):
        person = _person(rng, shop)
        _store(session, person, accounts, runs, now)
        shop["people"][person["id"]] = person
    cycles.keep(session, shop["people"])
    return shop


def random_rule(rng: random.Random, shop: Row, depth: int = 4) -> Row:
    """A tree of at most so many levels."""
    if depth == 1 or rng.random() < 0.45:
        return _condition(rng, shop)
    word = rng.choice(["all", "any", "not"])
    if word == "not":
        return {"not": random_rule(rng, shop, depth - 1)}
    return {word: [random_rule(rng, shop, depth - 1) for _ in range(rng.choice([0, 1, 2, 2, 3]))]}


def _ago(rng: random.Random, now: datetime, *, most: int = HOURS) -> datetime:
    return (now - timedelta(seconds=rng.randrange(most * 3600))).replace(microsecond=0)


def _campaigns(session: Session, rng: random.Random, shop: Row) -> dict[str, int]:
    """Two kept segments, the second of which names the first; a run of a campaign to each. Run ids by campaign."""
    runs, now, inner = {}, shop["now"], ""
    for number in range(2):
        public_id, name = f"seg{rng.randrange(10**12)}", f"camp{rng.randrange(10**12)}"
        rule = random_rule(rng, shop, 2)
        if inner:
            rule = {"any": [rule, {"field": "segment", "op": rng.choice(["=", "!="]), "value": inner}]}
        segment = Segment(public_id=public_id, name=f"Nhóm {number}", rules=rule, created_at=now)
        session.add(segment)
        session.flush()
        shop["segments"][public_id], inner = rule, public_id
        listed = Segment(public_id=f"list-{public_id}", name="Khách mời", kind="list", rules=EVERYBODY, created_at=now)
        session.add(listed)
        shop.setdefault("lists", []).append(listed.public_id)
        campaign = Campaign(
            public_id=name, name="Tháng 11", segment_id=segment.id, text="x", state="finished", created_at=now
        )
        session.add(campaign)
        session.flush()
        run = CampaignRun(
            campaign_id=campaign.id, due_at=now, state="finished", cursor=0, top=0, started_at=now, finished_at=now
        )
        session.add(run)
        session.flush()
        runs[name] = run.id
        shop.setdefault("windows", {})[name] = rng.choice([None, 3, 20])
        if (days := shop["windows"][name]) is not None:
            session.add(CampaignContent(campaign_id=campaign.id, texts={}, window_days=days))
        shop.setdefault("campaigns", []).append(name)
    return runs


def _person(rng: random.Random, shop: Row) -> Row:
    now = shop["now"]
    joined = rng.random() < 0.7
    chats = [
        {
            "kind": kind,
            "reachable": rng.random() < 0.8,
            "promotion": rng.random() < 0.5,
            "wrote": rng.choice([None, _ago(rng, now, most=90)]),
        }
        for kind in ("zalo", "messenger")
        if rng.random() < 0.5
    ]
    return {
        "erased": rng.random() < 0.05,
        "phone": rng.random() < 0.5,
        "name": rng.random() < 0.5,
        "email": rng.random() < 0.3,
        "source": rng.choice(["zalo", "messenger", "staff", "import", "test"]),
        "locale": rng.choice([None, "vi", "en"]),
        "bucket": rng.choice([0, 655, 656, 32_767, 32_768, 65_535, rng.randrange(65_536)]),
        "created_at": _ago(rng, now),
        "joined_at": _ago(rng, now) if joined else None,
        "born": rng.choice(
            [
                None,
                229,
                228,
                301,
                101,
                1231,
                (day := shop["today"] + timedelta(days=rng.randrange(366))).month * 100 + day.day,
            ]
        ),
        "tier": rng.choice(["member", "silver", "gold", "vanished"]),
        "tier_since": _ago(rng, now),
        "falls_on": rng.choice([None, shop["today"] + timedelta(days=rng.randrange(40))]),
        "points": rng.randrange(-5, 60),
        "pending": rng.choice([0, 0, 3]),
        "refused": [purpose for purpose in ("care", "evaluation", "personalisation") if rng.random() < 0.2],
        "bills": [_bill(rng, now) for _ in range(rng.choice([0, 0, 1, 2, 3, 5]))],
        "lots": [
            {
                "remaining": rng.randrange(1, 30),
                "expires_on": shop["today"] + timedelta(days=rng.randrange(-2, 40)),
                "closed": rng.random() < 0.1,
                "promised": rng.random() < 0.1,
            }
            for _ in range(rng.choice([0, 1, 2]))
        ],
        "cases": [
            (rng.choice(["complaint", "feedback"]), rng.choice(["open", "answered", "closed"]))
            for _ in range(rng.choice([0, 0, 1, 2]))
        ],
        "chats": chats,
        "messages": [
            {
                "campaign": name,
                "at": _ago(rng, now, most=24 * 12),
                "seen": rng.random() < 0.4,
                "state": rng.choice(["sent", "sent", "failed"]),
                "window": shop["windows"][name] or 7,
                "reward": shop["reward"],
                "voucher": (voucher := rng.choice([None, None, "held", "given back", "used"])),
                "voucher_used": voucher == "used",
            }
            for name in shop["campaigns"]
            if rng.random() < 0.4
        ],
        "wrote": [_ago(rng, now, most=24 * 12) for _ in range(rng.choice([0, 0, 1, 3]))],
        "own": {kind: value for kind, value in _own(rng, shop).items() if rng.random() < 0.6},
        "likes": {
            word: (rng.randrange(4), rng.random() < 0.3, rng.random() < 0.3) for word in LIKES if rng.random() < 0.5
        },
        "tags": [tag for tag in TAGS if rng.random() < 0.25],
        "lists": [name for name in shop["lists"] if rng.random() < 0.4],
        "rfm": rng.choice([(None, None, None), (rng.randrange(1, 6), rng.randrange(1, 6), rng.randrange(1, 6))]),
    }


def _own(rng: random.Random, shop: Row) -> Row:
    """A value for each of the shop's own fields, by its key."""
    return {
        "text": rng.choice(["yến mạch", "x'; --", "100%_\\"]),
        "number": rng.choice([rng.randrange(-3, 4), 2**39]),
        "money": rng.randrange(0, 5),
        "date": shop["today"] + timedelta(days=rng.randrange(-40, 40)),
        "flag": rng.random() < 0.5,
        "choice": rng.choice(SKINS),
        "secret": "hen",
    }


def _bill(rng: random.Random, now: datetime) -> Row:
    lines = []
    for _ in range(rng.choice([0, 1, 2])):
        sku, name = rng.choice(PRODUCTS)
        quantity = rng.choice([1, 2])
        lines.append(
            {
                "sku": sku,
                "name": name,
                "category": rng.choice(CATEGORIES),
                "quantity": quantity,
                "returned": rng.choice([0, 0, quantity]),
            }
        )
    state = rng.choice(["recorded", "recorded", "recorded", "undone", "returned"])
    total = rng.randrange(1, 60)
    return {
        "at": _ago(rng, now, most=rng.choice([24 * 20, 24 * 500])),
        "state": state,
        "store": rng.choice(STORES),
        "source": rng.choice(["counter", "web"]),
        "total": total,
        "returned": total if state == "returned" else rng.choice([0, 0, total // 2]),
        "discount": rng.choice([0, 5]),
        "lines": lines,
    }


def _store(
    session: Session, person: Row, accounts: dict[str, ChannelAccount], runs: dict[str, int], now: datetime
) -> None:
    standing = [bill for bill in person["bills"] if bill["state"] == "recorded"]
    at = [bill["at"] for bill in standing]
    year_ago = day_of(now).replace(year=day_of(now).year - 1)
    kinds = sorted({chat["kind"] for chat in person["chats"] if chat["reachable"]})
    refused = person["refused"]
    customer = make_person(
        session,
        "Lan" if person["name"] else None,
        tier=person["tier"],
        tier_since=person["tier_since"],
        falls_on=person["falls_on"],
        points=person["points"],
        points_pending=person["pending"],
        orders=len(standing),
        spent=sum(bill["total"] - bill["returned"] for bill in standing),
        spent_12m=sum(bill["total"] - bill["returned"] for bill in standing if day_of(bill["at"]) > year_ago),
        first_purchase_at=min(at, default=None),
        last_purchase_at=max(at, default=None),
        joined_at=person["joined_at"],
        has_phone=person["phone"],
        consent_promotion=any(chat["promotion"] for chat in person["chats"]),
        refused=f",{','.join(refused)}," if refused else "",
        channels=f",{','.join(kinds)}," if kinds else "",
        last_interaction_at=max((chat["wrote"] for chat in person["chats"] if chat["wrote"]), default=None),
        birthday=person["born"],
        rfm_r=person["rfm"][0],
        rfm_f=person["rfm"][1],
        rfm_m=person["rfm"][2],
        erased_at=now if person["erased"] else None,
    )
    person["id"] = customer.id
    if person["email"]:
        customer.email, customer.email_key = b"sealed", f"e{customer.id}".encode()
    for name in ("source", "locale", "bucket", "created_at"):
        setattr(customer, name, person[name])
    session.flush()
    _chats(session, person, accounts, now)
    _bills(session, person)
    _points(session, person, now)
    _sent(session, person, accounts["zalo"], runs, now)
    _likes(session, person, now)
    values.put_all(session, customer, {} if person["erased"] else person["own"], by=BY, now=now)
    for name in person["lists"]:
        of = sa.select(Segment.id).filter_by(public_id=name).scalar_subquery()
        session.execute(sa.insert(ListMember).values(segment_id=of, customer_id=customer.id, added_at=now))


def _likes(session: Session, person: Row, now: datetime) -> None:
    for word, (times, told, refused) in person["likes"].items():
        row = Interest(customer_id=person["id"], word=word, shown=word, kind="told", times=times)
        row.told_at, row.refused_at = now if told else None, now if refused else None
        session.add(row)
    session.flush()


def _chats(session: Session, person: Row, accounts: dict[str, ChannelAccount], now: datetime) -> None:
    for chat in person["chats"]:
        session.add(
            ChannelIdentity(
                customer_id=person["id"],
                channel_account_id=accounts[chat["kind"]].id,
                user_id=f"u{person['id']}",
                proof="none",
                promotion=chat["promotion"],
                follows=True,
                first_seen_at=now,
                last_interaction_at=chat["wrote"],
                unreachable_at=None if chat["reachable"] else now,
                profile_tries=0,
                misses=0,
            )
        )
    for number, (kind, state) in enumerate(person["cases"]):
        session.add(
            Case(
                public_id=f"case-{person['id']}-{number}",
                customer_id=person["id"],
                kind=kind,
                state=state,
                words=b"",
                source="api",
                opened_by="demo",
                opened_at=now,
                due_on=day_of(now),
                closed_at=now if state == "closed" else None,
            )
        )
    session.add_all(CustomerTag(customer_id=person["id"], tag=tag, author="demo", at=now) for tag in person["tags"])
    session.flush()


def _bills(session: Session, person: Row) -> None:
    stores = {store.code: store.id for store in session.scalars(sa.select(Store))}
    for number, bill in enumerate(person["bills"]):
        row = Purchase(
            public_id=f"bill-{person['id']}-{number}",
            key=f"bill-{person['id']}-{number}",
            customer_id=person["id"],
            store_id=stores[bill["store"]],
            source=bill["source"],
            total=bill["total"],
            discount=bill["discount"],
            eligible=0,
            state=bill["state"],
            made_customer=False,
            purchased_at=bill["at"],
            purchased_on=day_of(bill["at"]),
            recorded_at=bill["at"],
            tier_before="member",
            tier_after="member",
            returned=bill["returned"],
        )
        session.add(row)
        session.flush()
        bill["id"] = row.id
        for place, line in enumerate(bill["lines"]):
            kept = PurchaseLine(
                purchase_id=row.id,
                position=place,
                sku=line["sku"],
                name=line["name"],
                category=line["category"],
                quantity=line["quantity"],
                unit_price=1,
                discount=0,
                returned_quantity=line["returned"],
            )
            session.add(kept)
            session.flush()
            line["id"] = kept.id


def _points(session: Session, person: Row, now: datetime) -> None:
    for number, lot in enumerate(person["lots"]):
        entry = LedgerEntry(
            customer_id=person["id"],
            seq=number + 1,
            kind="earn",
            points=lot["remaining"],
            balance_after=lot["remaining"],
            carry_change=0,
            carry=0,
            idempotency_key=f"lot-{person['id']}-{number}",
            credit=0,
            actor="demo",
            posted_at=now,
            posted_on=day_of(now),
            chain=b"",
        )
        session.add(entry)
        session.flush()
        session.add(
            Lot(
                entry_id=entry.id,
                customer_id=person["id"],
                points=lot["remaining"],
                remaining=lot["remaining"],
                expires_on=lot["expires_on"],
                closed_at=now if lot["closed"] else None,
                promised=lot["promised"],
            )
        )


def _sent(session: Session, person: Row, account: ChannelAccount, runs: dict[str, int], now: datetime) -> None:
    for number, message in enumerate(person["messages"]):
        recipient = CampaignRecipient(run_id=runs[message["campaign"]], customer_id=person["id"], queued=True)
        session.add(recipient)
        session.flush()
        session.add(
            OutboundMessage(
                public_id=f"m-{person['id']}-{number}",
                dedupe_key=f"m-{person['id']}-{number}",
                lane=2,
                channel_account_id=account.id,
                user_id="u",
                thread="t",
                customer_id=person["id"],
                recipient_id=recipient.id,
                state=message["state"],
                due_at=now,
                attempts=1,
                created_at=now,
                settled_at=message["at"],
                seen_at=now if message["seen"] else None,
            )
        )
        if message["voucher"]:
            _voucher(session, recipient, message, now)
    for number, at in enumerate(person["wrote"]):
        session.add(
            Activity(
                public_id=f"w-{person['id']}-{number}",
                customer_id=person["id"],
                kind="message_in",
                at=at,
                on=day_of(at),
                data={},
            )
        )
    session.flush()


def _voucher(session: Session, recipient: CampaignRecipient, message: Row, now: datetime) -> None:
    is_over = message["voucher"] != "held"
    given = Redemption(
        public_id=f"v-{recipient.id}",
        key=f"v-{recipient.id}",
        code_hash=f"v-{recipient.id}".encode(),
        code=b"",
        reward_id=message["reward"],
        customer_id=recipient.customer_id,
        state="fulfilled" if is_over else "held",
        price=0,
        cost=0,
        actor="campaign:x",
        requested_at=now,
        requested_on=day_of(now),
        valid_on=day_of(now),
        fulfilled_at=now if is_over else None,
        fulfilled_by={"used": "staff:x", "given back": "campaign:x"}.get(message["voucher"]),
    )
    session.add(given)
    session.flush()
    session.add(CampaignGift(recipient_id=recipient.id, run_id=recipient.run_id, redemption_id=given.id))


FLAGS = [
    *("has_phone", "has_name", "has_email", "reachable", "reachable_free", "open_complaint"),
    *("custom.flag", "custom.secret"),
    *("consent.promotion", "consent.care", "consent.evaluation", "consent.personalisation"),
]
WORDS = {
    "source": ["zalo", "messenger", "staff", "import"],
    "language": ["vi", "en"],
    "favourite_category": ["Cà phê", "Bánh", "Trà", "Khác"],
    "last_store": STORES,
    "channel": ["zalo", "messenger"],
    "tag": [*TAGS, "không ai có"],
    "interest": [*LIKES, "không ai thích"],
    "custom.text": ["yến mạch", "x'; --", "không ai có"],
    "custom.choice": SKINS,
}
OF = {
    "bought.category": ["Cà phê", "Bánh", "Trà", "' OR 1=1"],
    "bought.product": ["CF1", "Bánh mì", "Trà đào", "x'; --", "100%_\\"],
    "bought.store": STORES,
    "bought.source": ["counter", "web"],
}
WINDOWED = {"bought.times": True, "bought.amount": True, "points_expiring": True} | dict.fromkeys(
    [
        *OF,
        "bought.discounted",
        "bought.returned",
        "campaign.received",
        "campaign.seen",
        "campaign.answered",
        "campaign.bought",
    ],
    False,
)
NUMBERS = {"bucket": 100, "birthday_month": 14, "birthday_in_days": 368, "quiet_percent": 400, "average_bill": 70}
NUMBERS |= {"spent": 150, "spent_12m": 100, "bought.amount": 80, "points": 60, "points_expiring": 40}
NUMBERS |= dict.fromkeys(["joined_days", "known_days", "last_purchase_days", "tier_days", "tier_ends_in_days"], 46)
NUMBERS |= {"first_purchase_days": 400, "gap_days": 60}


def _condition(rng: random.Random, shop: Row) -> Row:
    name = rng.choice(
        [name for name in [*NAMES, *(f"custom.{kind}" for kind in OWN), "segment"] if shop.get(f"{name}s", True)]
    )
    more: Row = {}
    if name in OF:
        more["of"] = rng.choice([rng.choice(OF[name]), rng.sample(OF[name], 2)])
    elif name.startswith("campaign.") and shop.get("campaigns") and rng.random() < 0.5:
        more["of"] = rng.choice(shop["campaigns"])
    if name in WINDOWED and (WINDOWED[name] or rng.random() < 0.6):
        more["within_days"] = rng.choice([1, 2, 7, 30, 90, 3_660])
    op, value = _compared(rng, shop, name)
    return {"field": name, "op": op, "value": value, **more}


def _compared(rng: random.Random, shop: Row, name: str) -> tuple[str, Any]:
    if name in FLAGS:
        return rng.choice(["=", "!="]), rng.random() < 0.5
    if name in WORDS or name in ("segment", "list"):
        pool = list(shop["segments"]) if name == "segment" else WORDS[name] if name in WORDS else shop["lists"]
        op = rng.choice(["=", "!=", "in", "not_in"])
        return op, rng.sample(pool, min(2, len(pool))) if op in ("in", "not_in") else rng.choice(pool)
    op = rng.choice(["=", "!=", "<", "<=", ">", ">=", "between", "in", "not_in"])
    if name == "tier":
        tiers = ["member", "silver", "gold"]
        several = sorted(rng.choices(tiers, k=2), key=tiers.index)
        return op, several if op in ("between", "in", "not_in") else rng.choice(tiers)
    most = NUMBERS.get(name, 6)
    picks = sorted(
        rng.choice([rng.randrange(-2, most), rng.randrange(0, 4), 2**53 * rng.choice([1, -1])]) for _ in range(2)
    )
    return op, picks if op in ("between", "in", "not_in") else picks[0]
