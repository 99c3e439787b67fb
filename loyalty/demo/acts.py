"""The moments of the demo shop done by the same functions that do them in a real one."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.channels import accounts as channels
from loyalty.channels.models import ChannelAccount
from loyalty.customers import consents, identities, linking, profiles
from loyalty.customers.consents import Purpose
from loyalty.customers.models import ChannelIdentity, ConsentEvent
from loyalty.demo import caring, friends, menu, talking
from loyalty.demo.care import Jotting, Remark
from loyalty.demo.ground import CHANNELS, KEYS
from loyalty.demo.history import Arrival, Bringing, Moment, Payment, Refusal, Return, Undoing, Visit
from loyalty.demo.stage import Stage
from loyalty.demo.talk import Talk
from loyalty.points import accrual, ledger
from loyalty.points.accrual import Bill
from loyalty.points.models import LedgerEntry
from loyalty.points.returns import returning, reversal
from loyalty.purchases import recording
from loyalty.purchases.models import Purchase, PurchaseReturn
from loyalty.purchases.returns import Goods

ACTOR = "demo"
VERSIONS = {Purpose.PROGRAMME: "programme:demo", Purpose.PROMOTION: "promotion:demo"}  # no wording was really shown
STOPPED = "stop:demo"
PRIVATELY = {"vi": "tắt chọn riêng", "en": "personal choice off"}
WORDS = {"vi": {"yes": "Đồng ý", "stop": "dừng"}, "en": {"yes": "Yes", "stop": "stop"}}


def done(session: Session) -> set[str]:
    """Keys of the moments that have been, whatever became of their people since."""
    chats = (
        select(ChannelAccount.kind, ChannelIdentity.user_id)
        .join(ChannelIdentity, ChannelIdentity.channel_account_id == ChannelAccount.id)
        .where(ChannelAccount.external_id.in_([account for account, _ in CHANNELS.values()]))
    )
    undone = select(LedgerEntry.idempotency_key).where(LedgerEntry.idempotency_key.like(f"undo:{KEYS}"))
    answered = select(ConsentEvent.event_key).where(ConsentEvent.event_key.like(KEYS))
    return {
        *session.scalars(select(Purchase.key).where(Purchase.key.like(KEYS))),
        *session.scalars(select(PurchaseReturn.key).where(PurchaseReturn.key.like(KEYS))),
        *(key.removeprefix("undo:") for key in session.scalars(undone)),
        *(key.partition("#")[0] for key in session.scalars(answered)),
        *(f"{kind}:{user_id}" for kind, user_id in session.execute(chats)),
        *caring.done(session),
        *friends.done(session),
        *talking.done(session),
    }


def perform(session: Session, moment: Moment, stage: Stage) -> None:
    """Let it happen; a moment that has been changes nothing."""
    match moment:
        case Arrival():
            _arrive(session, moment, stage)
        case Visit():
            _buy(session, moment, stage)
        case Bringing():
            friends.bring(session, moment)
        case Payment():
            friends.pay(session, moment)
        case Undoing():
            _undo(session, moment)
        case Return():
            _take_back(session, moment)
        case Refusal():
            _refuse(session, moment, stage)
        case Jotting() | Remark():
            caring.perform(session, moment, stage)
        case Talk():
            talking.perform(session, moment, stage)


def _arrive(session: Session, arrival: Arrival, stage: Stage) -> None:
    """First words, the phone, and what is said to the two questions of joining: all of it or nothing."""
    person, at = arrival.guest.person, arrival.at
    account = channels.get(session, stage.channels[arrival.channel])
    identity, is_new = identities.arrive(
        session, account, arrival.user_id, source=arrival.channel, now=at, name=person.name
    )
    if not is_new:
        return
    profiles.set_locale(session, profiles.get(session, identity.customer_id), person.locale)
    if arrival.channel == "zalo":
        identities.followed(session, identity, now=at)
    if person.phone is not None:
        _join(session, identity, arrival, person.phone)
    identities.touch(session, identity, now=at)


def _join(session: Session, identity: ChannelIdentity, arrival: Arrival, phone: str) -> None:
    if arrival.guest.is_typed:
        linking.claim_phone(session, identity, phone, now=arrival.at)
    else:
        linking.prove_phone(session, identity, phone, proof="shared", now=arrival.at)
    _agree(session, identity, arrival, Purpose.PROGRAMME)
    if arrival.guest.person.promotion is not None:  # who refuses today had agreed before
        _agree(session, identity, arrival, Purpose.PROMOTION)


def _agree(session: Session, identity: ChannelIdentity, arrival: Arrival, purpose: Purpose) -> None:
    person = arrival.guest.person
    consents.record(
        session,
        identity,
        purpose,
        True,
        text_version=VERSIONS[purpose],
        locale=person.locale,
        event_key=f"demo:{person.key}:{arrival.channel}:{purpose}",
        words=None if purpose is Purpose.PROGRAMME else WORDS[person.locale]["yes"],
        now=arrival.at,
    )


def _buy(session: Session, visit: Visit, stage: Stage) -> None:
    person = visit.person
    assert person.phone is not None, "one buys by phone"
    bill = Bill(
        total=menu.worth(visit.lines) - visit.discount,
        store_id=stage.second if visit.is_at_second else stage.main,
        source="pos" if visit.is_at_second else "counter",
        reference=visit.reference,
        staff_id=None if visit.is_at_second else stage.staff["thu"],
        discount=visit.discount,
        lines=visit.lines,
    )
    award = accrual.record_purchase(session, person.phone, bill, actor=ACTOR, key=visit.key, now=visit.at)
    if award.customer_is_new:
        customer = profiles.get(session, award.purchase.customer_id)
        profiles.set_name(session, customer, person.name, now=visit.at)


def _undo(session: Session, undoing: Undoing) -> None:
    purchase = recording.find_by_key(session, undoing.visit)
    if purchase is None or purchase.state != "recorded":  # somebody playing was faster
        return
    entry = ledger.earned_by(session, purchase.id)
    reversal.undo(session, entry.id, actor=ACTOR, key=undoing.key, now=undoing.at)


def _take_back(session: Session, back: Return) -> None:
    purchase = recording.find_by_key(session, back.visit)
    if purchase is None or purchase.state != "recorded":  # somebody playing was faster
        return
    goods = Goods(lines={1: 1}, reason=back.reason)
    returning.take_back(session, purchase.id, goods, actor=ACTOR, key=back.key, now=back.at)


def _refuse(session: Session, refusal: Refusal, stage: Stage) -> None:
    """«dừng», in every chat of theirs."""
    identity = identities.find(session, stage.channels[refusal.channel], refusal.user_id)
    if identity is None:  # somebody playing erased it
        return
    locale = refusal.person.locale
    if refusal.purpose in consents.SWITCHES:
        _switch_off(session, identity, refusal)
        return
    consents.withdraw_promotion(
        session,
        identity.customer_id,
        text_version=STOPPED,
        locale=locale,
        event_key=refusal.key,
        words=WORDS[locale]["stop"],
        now=refusal.at,
    )


def _switch_off(session: Session, identity: ChannelIdentity, refusal: Refusal) -> None:
    consents.switch(
        session,
        identity.customer_id,
        refusal.purpose,
        False,
        channel_account_id=identity.channel_account_id,
        text_version=f"{refusal.purpose}:demo",
        locale=refusal.person.locale,
        event_key=refusal.key,
        words=PRIVATELY[refusal.person.locale],
        now=refusal.at,
    )
