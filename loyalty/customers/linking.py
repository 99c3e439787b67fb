"""Which customer a chat and a phone belong to: typing a phone is a claim, the platform or staff prove it.

A claim never shows, joins or admits anything of somebody else; a proof beats a claim.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.channels import accounts
from loyalty.customers import birthdays, cases, codes, consents, identities, notes, profiles, tags
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.customers.profiles import PhoneBusy, PhoneTaken
from loyalty.customers.traits import interests, values
from loyalty.errors import Conflict

ATTEMPTS = 5  # each one fails only because another transaction succeeded

Evidence = Literal["shared", "staff"]  # the platform attested it; staff saw the member code


class TwoHistories(Conflict):
    """The chat's own record holds something already (a movement of points, a proven phone): merging is for people."""

    code = "two_histories"


class ClaimOutcome(StrEnum):
    SET = "set"  # nobody had it: it is this customer's
    SAME = "same"  # it was this customer's already
    TAKEN = "taken"  # another customer has it: nothing changed, nothing is admitted
    REPLACES = "replaces"  # this customer has another one that a typed claim does not replace


@dataclass(frozen=True, slots=True)
class Claim:
    """What came of a typed phone; `joined`: the person became a member by it."""

    outcome: ClaimOutcome
    customer_id: int
    joined: bool


class ProofOutcome(StrEnum):
    SET = "set"  # the phone is now this customer's
    SAME = "same"  # it was already; now it is proven
    LINKED = "linked"  # the chat now belongs to the customer who has the phone


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of a proven phone. `detached`: chats that had merely claimed it and lost it; each is to be told."""

    outcome: ProofOutcome
    customer_id: int
    joined: bool
    detached: tuple[ChannelIdentity, ...] = ()


def claim_phone(session: Session, identity: ChannelIdentity, e164: str, *, now: datetime) -> Claim:
    """Somebody typed this phone in their chat. Repeating it changes nothing. Of many chats at once, one gets it."""
    stats = identities.hold(session, identity)
    customer = profiles.get(session, stats.customer_id)
    session.refresh(customer)
    outcome = _claim(session, identity, customer, stats, e164, now)
    admitted = outcome in (ClaimOutcome.SET, ClaimOutcome.SAME)
    return Claim(outcome, customer.id, admitted and profiles.join(session, customer, now=now))


def prove_phone(session: Session, identity: ChannelIdentity, e164: str, *, proof: Evidence, now: datetime) -> Proof:
    """The platform, or staff with the member code, say that the person in this chat has this phone.

    Nobody has it, or somebody without any history merely claimed it: it becomes this chat's customer's, in place of an
    earlier phone. Another customer has it: the chat moves there if its own record holds nothing, and chats there that
    merely claimed the phone move out, to prospects of their own. Repeating it changes nothing.

    Raises TwoHistories: nothing changed. PhoneBusy when others kept changing the same phone.
    """
    for _ in range(ATTEMPTS):
        try:
            with session.begin_nested():  # rolling back gives its locks back: the next try takes them in order again
                return _prove(session, identity, e164, proof, now)
        except (PhoneTaken, PhoneBusy):
            continue
    raise PhoneBusy


def _claim(
    session: Session, identity: ChannelIdentity, customer: Customer, stats: CustomerStats, e164: str, now: datetime
) -> ClaimOutcome:
    if customer.phone_key == profiles.phone_key(session, e164):
        return ClaimOutcome.SAME
    if customer.phone_key is not None and not _merely_claimed(customer, stats):
        return ClaimOutcome.REPLACES
    try:
        profiles.set_phone(session, customer, e164, "claimed", now=now)
    except (PhoneTaken, PhoneBusy):
        return ClaimOutcome.TAKEN
    identity.proof = "claimed"
    session.flush()
    return ClaimOutcome.SET


def _prove(session: Session, identity: ChannelIdentity, e164: str, proof: Evidence, now: datetime) -> Proof:
    owner = profiles.find_by_phone(session, e164)
    here, there = _hold_both(session, identity, owner)
    detached: list[ChannelIdentity] = []
    if owner is None or there is None or owner.id == here.customer_id:
        outcome = ProofOutcome.SET if owner is None else ProofOutcome.SAME
    elif _merely_claimed(owner, there):
        outcome, detached = ProofOutcome.SET, _take_away(session, owner, now)
    else:
        outcome, detached = ProofOutcome.LINKED, _move_in(session, identity, here, there, proof, now)
    customer = profiles.get(session, identity.customer_id)
    profiles.set_phone(session, customer, e164, proof, now=now)
    identity.proof = proof
    session.flush()
    return Proof(outcome, customer.id, profiles.join(session, customer, now=now), tuple(detached))


def _hold_both(
    session: Session, identity: ChannelIdentity, owner: Customer | None
) -> tuple[CustomerStats, CustomerStats | None]:
    """Lock the chat's customer and the phone's, lower id first; their totals.

    Raises PhoneBusy when somebody moved the chat or the phone between looking and locking.
    """
    seen = None if owner is None else owner.phone_key
    ids = {identity.customer_id} | ({owner.id} if owner is not None else set())
    held = {customer_id: profiles.lock(session, customer_id) for customer_id in sorted(ids)}
    session.refresh(identity)
    if owner is not None:
        session.refresh(owner)
    if identity.customer_id not in held or (owner is not None and owner.phone_key != seen):
        raise PhoneBusy
    here = held[identity.customer_id]
    session.refresh(profiles.get(session, here.customer_id))
    return here, None if owner is None else held[owner.id]


def _merely_claimed(customer: Customer, stats: CustomerStats) -> bool:
    """Whether the phone is a typed word and no more: nothing was ever earned on it."""
    return customer.phone_proof == "claimed" and stats.ledger_seq == 0


def _is_bare(customer: Customer, stats: CustomerStats) -> bool:
    return stats.ledger_seq == 0 and (customer.phone_key is None or _merely_claimed(customer, stats))


def _take_away(session: Session, owner: Customer, now: datetime) -> list[ChannelIdentity]:
    """The phone leaves a customer who only claimed it; they keep the rest. Returns the chats that lose it."""
    profiles.drop_phone(session, owner)
    losers = _claimants(session, owner.id)
    for chat in losers:
        chat.proof = "none"
        _note(session, owner.id, "detached", chat, now)
    session.flush()
    return losers


def _move_in(
    session: Session,
    identity: ChannelIdentity,
    here: CustomerStats,
    there: CustomerStats,
    proof: Evidence,
    now: datetime,
) -> list[ChannelIdentity]:
    """The chat goes to the customer with the phone; those who only claimed it go out first. Returns these."""
    bare, owner = profiles.get(session, here.customer_id), profiles.get(session, there.customer_id)
    if not _is_bare(bare, here):
        raise TwoHistories
    losers = _claimants(session, owner.id)
    for chat in losers:
        _move_out(session, chat, owner, there, now)
    _relocate(session, identity, here, there, proof, now)
    _hand_over(session, bare, owner, now)
    if not identities.of_customer(session, bare.id):
        notes.follow(session, bare.id, owner.id)
        cases.follow(session, bare.id, owner.id)
        tags.follow(session, bare.id, owner.id)
        values.follow(session, bare, owner)
        interests.follow(session, bare.id, owner.id)
        profiles.forget(session, bare, here, now=now)  # its key stays: answers on their way are sealed with it
        bare.moved_to_id = owner.id
        session.flush()
    _note(session, owner.id, "linked", identity, now)
    return losers


def _move_out(session: Session, chat: ChannelIdentity, owner: Customer, stats: CustomerStats, now: datetime) -> None:
    """A chat that only claimed the phone gets a record of its own, with the name and address it had brought."""
    source = accounts.get(session, chat.channel_account_id).kind
    fresh = profiles.create(session, source=source, now=now)
    _relocate(session, chat, stats, profiles.lock(session, fresh.id), "none", now)
    _hand_over(session, owner, fresh, now)
    _note(session, owner.id, "detached", chat, now)


def _relocate(
    session: Session,
    chat: ChannelIdentity,
    giver: CustomerStats,
    taker: CustomerStats,
    proof: Evidence | Literal["none"],
    now: datetime,
) -> None:
    chat.customer_id, chat.proof = taker.customer_id, proof
    session.flush()
    codes.void(session, chat.id)
    cases.follow(session, giver.customer_id, taker.customer_id, chat_id=chat.id)
    consents.carry_over(session, chat, giver, taker, now=now)


def _hand_over(session: Session, giver: Customer, taker: Customer, now: datetime) -> None:
    """What a person told of themselves goes with them, where it is not known yet."""
    name, email = profiles.name_of(session, giver), profiles.email_of(session, giver)
    profiles.put_name(session, giver, None)
    profiles.set_email(session, giver, None)
    if name and taker.name is None:
        profiles.set_name(session, taker, name, now=now)
    if email and taker.email is None:
        profiles.set_email(session, taker, email)
    if taker.locale is None:
        profiles.set_locale(session, taker, giver.locale)
    birthdays.hand_over(session, giver, taker, now=now)


def _claimants(session: Session, customer_id: int) -> list[ChannelIdentity]:
    return [chat for chat in identities.of_customer(session, customer_id) if chat.proof == "claimed"]


def _note(session: Session, customer_id: int, kind: str, chat: ChannelIdentity, now: datetime) -> None:
    channel = accounts.get(session, chat.channel_account_id).kind
    timeline.record(session, customer_id, kind, at=now, data={"channel": channel, "proof": chat.proof})
