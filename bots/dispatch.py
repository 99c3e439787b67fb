"""One stored event of a chat: who wrote, what they want, what is done, and the one answer they get.

While a person of the shop has taken the chat over the bot keeps quiet, but for staff commands, a proof of the phone and
what may never wait: a refusal of offers is obeyed and confirmed at once.

Everything happens in the caller's transaction. A refused command is rolled back to a savepoint and its reason becomes
the answer; whatever else goes wrong is the inbox's to try again. Everything is named after the event, so a repeat does
nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bots import news, overhearing
from bots.channel import Inbound, InboundKind
from bots.commands import (
    Chat,
    Command,
    Reply,
    answers,
    asked,
    asking_back,
    buttons,
    extras,
    joining,
    referring,
    refusals,
    welcome,
)
from bots.commands.taken import Understood
from bots.commands.understanding import NOTHING, or_alike, understand
from bots.practice import guide
from bots.texts import splitting, text
from loyalty import prepared, shop
from loyalty.activity import timeline
from loyalty.channels.models import ChannelAccount
from loyalty.customers import identities, profiles
from loyalty.customers.models import ChannelIdentity, CustomerStats
from loyalty.db import keyring, new_public_id
from loyalty.errors import LoyaltyError
from loyalty.messaging import conversations, outbox, outside, verdicts
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.rewards import codes as reward_codes
from loyalty.staff import audit, binding, permissions
from loyalty.staff.models import StaffMember
from loyalty.typed import codes, fold

ANSWERED = frozenset(
    {InboundKind.MESSAGE, InboundKind.MEDIA, InboundKind.FOLLOW, InboundKind.CONTACT, InboundKind.REFERRAL}
)
OF_THE_ACCOUNT: Mapping[InboundKind, Callable[[Session, ChannelAccount, Inbound, datetime], None]] = {
    InboundKind.BLOCKED: lambda session, account, told, at: verdicts.block(session, account, told.text, at=at),
    InboundKind.UNBLOCKED: lambda session, account, told, at: verdicts.unblock(session, account, at=at),
    InboundKind.WARNED: lambda session, account, told, at: verdicts.warn(session, account, told.text, at=at),
    InboundKind.JUDGED: lambda session, account, told, at: verdicts.judge(session, account, told.text, at=at),
}
OVERHEARD = overhearing.KINDS
TOPICS = frozenset({"points", "history", "privacy"})  # their arguments are topics of ours, never words
OF_REWARDS = frozenset({"rewards", "redeem", "wish"})  # commands whose argument is the number of a reward
COURTESY = "thanks"  # the command that waits for no answer of a person


def handle(
    session: Session,
    account: ChannelAccount,
    inbound: Inbound,
    *,
    now: datetime,
    text_limit: int = splitting.TEXT_LIMIT,
    carousel: int = 0,
) -> None:
    """Work through one event: its effects, its timeline rows, and exactly one answer where it deserves one.

    An answer over `text_limit` characters goes out in parts; `carousel`: so many cards the channel shows beside each
    other. The same event again changes nothing.
    """
    if inbound.kind in OF_THE_ACCOUNT:
        OF_THE_ACCOUNT[inbound.kind](session, account, inbound, min(inbound.at, now))
        return
    if news.handle(session, account, inbound, now=now) or not inbound.user:
        return
    if inbound.kind in ANSWERED:
        _converse(session, account, inbound, now, Room(text_limit, carousel))
    else:
        _note(session, account, inbound, now)


class Room(NamedTuple):
    """What one answer may hold on its channel."""

    text_limit: int
    carousel: int


def _converse(session: Session, account: ChannelAccount, inbound: Inbound, now: datetime, room: Room) -> None:
    event_key = f"{account.kind}:{account.external_id}:{inbound.event_id}"
    if _is_answered(session, event_key) or (inbound.kind is InboundKind.REFERRAL and not inbound.interaction):
        return
    member = binding.bound_to(session, account.id, inbound.user)
    is_message = inbound.kind is InboundKind.MESSAGE
    understood = understand(inbound.text, staff=member is not None) if is_message else NOTHING
    at = min(inbound.at, now)
    if member is not None and inbound.interaction:
        binding.touch(session, account.id, inbound.user, now=at)
    identity, is_new = _person(session, account, inbound, understood, member, at)
    is_proof = inbound.kind is InboundKind.CONTACT  # it may lock two customers, so nothing is held before it
    if identity is not None:
        referring.hold(session, identity.customer_id, inbound.ref, understood)
    _held = _arrive(session, identity, inbound, at) if identity is not None and not is_proof else None
    _kept = profiles.get(session, identity.customer_id) if _held is not None and identity is not None else None
    locale = _locale(session, identity, understood)
    chat = Chat(account, inbound.user, event_key, inbound.text, locale, now, identity, member)
    if is_message:
        understood = _in_context(session, chat, understood)
    if not is_proof:
        chat = _record_arrival(session, chat, inbound, understood)
    if _is_for_people(chat, inbound, understood):
        return
    reply = _answer(session, chat, inbound, understood, is_new)
    if understood.command is not None and understood.refusal is None and not is_new:
        reply = extras.under(session, chat, understood.command.key, reply)
    if inbound.ref and (brought := referring.arrive(session, chat, inbound.ref)):
        reply = replace(reply, text=f"{reply.text}\n{brought}", cards=())
    if identity is not None and is_proof:
        _arrive(session, identity, inbound, at)
        chat = _record_arrival(session, chat, inbound, understood)
    _send(session, chat, reply, room)


def _in_context(session: Session, chat: Chat, understood: Understood) -> Understood:
    """«20/11» after the bot asked for it is an answer, «3» after it listed rewards a choice, and nothing otherwise.

    What a customer asks in words of their own is looked for among examples when all that says nothing. Who is no
    customer, such as staff at work, answers nothing.
    """
    if chat.identity is None:
        return understood
    context = asked.context(session, chat.identity.id, now=chat.now)
    read = answers.answered(chat.text, context, shop.of(session).day(chat.now), understood)
    return read if chat.staff is not None else or_alike(read, chat.text)


def _is_for_people(chat: Chat, inbound: Inbound, understood: Understood) -> bool:
    """Whether this is left to the person who has taken the chat over: said, kept, and not answered."""
    if chat.thread is None or chat.thread.state != conversations.TAKEN or inbound.kind is InboundKind.CONTACT:
        return False
    is_urgent = understood.command is not None and understood.command.is_urgent
    return not (understood.is_marked or is_urgent)


def _answer(session: Session, chat: Chat, inbound: Inbound, understood: Understood, is_new: bool) -> Reply:
    """The answer, and before it the welcome for somebody new: one message."""
    if inbound.kind is InboundKind.FOLLOW or (inbound.kind is InboundKind.REFERRAL and is_new):
        return welcome.greet(session, chat)
    is_clear = understood.command is not None or asking_back.may(understood)
    has_words = is_clear or inbound.kind is InboundKind.CONTACT
    if is_new and not has_words:
        return welcome.greet(session, chat)
    answer = _respond(session, chat, inbound, understood)
    return welcome.greet(session, chat, answer) if is_new else answer


def _respond(session: Session, chat: Chat, inbound: Inbound, understood: Understood) -> Reply:
    if inbound.kind is InboundKind.CONTACT:
        return _share(session, chat, inbound)
    if chat.staff is not None and (guided := guide.hear(session, chat, understood)) is not None:
        return guided
    if understood.is_marked:
        return _respond_to_staff(session, chat, understood)
    if understood.command is not None:
        return _run(session, chat, understood)
    if understood.is_code:
        return Reply(_about_code(chat.locale, understood.args or inbound.text))
    if chat.staff is not None and (shown := asking_back.slashed(chat)) is not None:
        return shown
    if understood.meant is not None:
        return Reply(text("staff.slash", chat.locale, example=understood.meant.help or understood.meant.name))
    if chat.staff is not None and understood.number is None and (half := asking_back.half(chat)) is not None:
        return half
    if chat.identity is None:
        return Reply(text("staff.hint", chat.locale))
    if (question := asking_back.which(understood, chat.locale)) is not None:
        return question
    if inbound.kind is InboundKind.REFERRAL:
        return Reply(text("welcome.back", chat.locale), buttons(chat.locale, *welcome.OFFERED))
    lead = "media" if inbound.kind is InboundKind.MEDIA else "hello" if understood.is_greeting else "menu"
    return welcome.puzzled(session, chat, lead=f"unknown.{lead}")


def _about_code(locale: str, typed: str) -> str:
    """Six characters are a customer's code, eight one of a reward or of staff: none does anything alone."""
    code = codes.normalise_code(typed.lstrip("# "))
    if reward_codes.is_code(code):  # as is every thirty-first code of staff
        return text("code_alone.reward", locale, code=reward_codes.write(code))
    kind = "member" if len(code) == codes.MEMBER_CODE_LENGTH else "staff"
    return text(f"code_alone.{kind}", locale, code=code)


def _respond_to_staff(session: Session, chat: Chat, understood: Understood) -> Reply:
    """Staff commands are for people of the shop, and each for the roles that may."""
    command = understood.command
    if command is not None and command.for_everybody:
        return _run(session, chat, understood)
    if chat.staff is None:
        _audit_refused(session, chat, understood, "stranger")
        return Reply(text("staff.stranger", chat.locale, shop=shop.of(session).name))
    if command is None and understood.meant is not None:
        return Reply(_nearest(chat.locale, understood.meant))
    if command is None:
        return Reply(text("staff.unknown", chat.locale, typed=fold.quote(chat.text.split(maxsplit=1)[0], 20)))
    if command.right is not None and not permissions.may(chat.staff.role, command.right):
        _audit_refused(session, chat, understood, chat.author.actor)
        return refusals.explain(session, chat, permissions.NotAllowed(chat.staff.role, command.right), command)
    return guide.watch(session, chat, understood, _run(session, chat, understood))


def _nearest(locale: str, meant: Command) -> str:
    if not meant.help:  # of the one command that is for those who are not of staff yet: `/nv`
        return text("error.staff_code_missing", locale)
    return text("staff.nearest", locale, example=meant.help)


def _run(session: Session, chat: Chat, understood: Understood) -> Reply:
    """What a command does and says. A refusal leaves nothing behind, but where the command counts refusals itself."""
    command = understood.command
    assert command is not None
    try:
        if understood.refusal is not None:
            raise understood.refusal
        if command.keeps_refused:
            return command.run(session, chat, understood.value)
        with session.begin_nested():
            return command.run(session, chat, understood.value)
    except LoyaltyError as refusal:
        if chat.staff is not None:
            audit.note_refused(session, chat.author, refusal, now=chat.now)
        return refusals.explain(session, chat, refusal, command, understood.value)


def _share(session: Session, chat: Chat, inbound: Inbound) -> Reply:
    try:
        with session.begin_nested():
            return joining.share(session, chat, inbound.phone, inbound.person_name)
    except LoyaltyError as refusal:
        return refusals.explain(session, chat, refusal)


def _person(
    session: Session,
    account: ChannelAccount,
    inbound: Inbound,
    understood: Understood,
    member: StaffMember | None,
    at: datetime,
) -> tuple[ChannelIdentity | None, bool]:
    """The customer's chat, and whether it is new. Staff at work, staff commands and codes make no customer."""
    if member is not None and understood.is_marked:
        return None, False  # work, not a customer's words; nor is a customer's lock held while another is awarded
    if (known := identities.find(session, account.id, inbound.user)) is not None:
        return known, False
    at_work = understood.is_marked or (member is not None and understood.command is None)
    if inbound.kind in (InboundKind.MESSAGE, InboundKind.MEDIA) and (at_work or understood.is_code):
        return None, False
    return identities.arrive(
        session,
        account,
        inbound.user,
        source=account.kind,
        now=at,
        name=inbound.person_name or None,
        ref=inbound.ref or None,
    )


def _arrive(session: Session, identity: ChannelIdentity, inbound: Inbound, at: datetime) -> CustomerStats | None:
    """Open the window; the locked totals, for whoever keeps them: a session forgets the rows nobody keeps.

    What is read of a customer while their totals are locked stays true, so it is kept too, and read once.
    """
    if inbound.kind is InboundKind.FOLLOW:
        identities.followed(session, identity, now=at)
    return identities.touch(session, identity, now=at) if inbound.interaction else None


def _locale(session: Session, identity: ChannelIdentity | None, understood: Understood) -> str:
    """The person's language. Writing a command in another one changes it, unless it is a word everybody uses."""
    default = shop.of(session).locale
    if identity is None or understood.is_marked:
        return "en" if understood.locale == "en" else default
    customer = profiles.get(session, identity.customer_id)
    written = None if customer.locale and understood.is_loan else understood.locale
    if written is not None and written != customer.locale:
        profiles.set_locale(session, customer, written)
    return customer.locale or default


def _send(session: Session, chat: Chat, reply: Reply, room: Room) -> None:
    """One answer; where it is too long for the platform, in parts, with picture, cards and buttons on the last.

    What is said to somebody just erased is nobody's: it is sealed with the installation's key, and not kept.
    """
    customer_id = _whose(session, chat)
    cards = reply.cards if len(reply.cards) <= room.carousel else ()
    parts = splitting.split(reply.beside if cards else reply.text, room.text_limit)
    last = new_public_id()
    for number, part in enumerate(parts, 1):
        is_last = number == len(parts)
        outbox.enqueue(
            session,
            public_id=last if is_last else None,
            dedupe_key=_reply_key(chat.event_key) + (f":{number}" if number > 1 else ""),
            lane=Lane.REPLY,
            channel_account_id=chat.account.id,
            user_id=chat.user_id,
            customer_id=customer_id,
            text=part,
            buttons=reply.buttons if is_last else (),
            image_url=reply.image_url if is_last else "",
            cards=cards if is_last else (),
            picture=reply.picture if is_last else "",
            now=chat.now,
        )
    if customer_id is not None:
        _record(session, chat, "message_out", reply.text, {"message": last})


def _whose(session: Session, chat: Chat) -> int | None:
    if chat.identity is None or profiles.get(session, chat.identity.customer_id).erased_at is not None:
        return None
    return chat.identity.customer_id


def _record_arrival(session: Session, chat: Chat, inbound: Inbound, understood: Understood) -> Chat:
    """Keep what a customer wrote; the chat with its thread."""
    if chat.identity is None:
        return chat
    named = {"said": overhearing.mark(inbound.message_id)} if inbound.message_id else {}
    command = {"command": understood.command.key} | _about(understood) if understood.command is not None else {}
    waits = understood.command is None or not (understood.command.key == COURTESY or understood.is_plain)
    thread = conversations.arrive(session, chat.identity, waits=waits, now=chat.now)
    chat = replace(chat, thread=thread)
    _record(session, chat, "message_in", inbound.text, {"event": inbound.kind.value} | command | named)
    return chat


def _about(understood: Understood) -> dict[str, str]:
    """What of the command was asked about, for whoever looks at it later: the tier, or the number of a reward."""
    assert understood.command is not None
    if understood.command.key in TOPICS and understood.args:
        return {"about": understood.args.partition(" ")[0]}
    if understood.command.key in OF_REWARDS and isinstance(understood.value, int):
        return {"about": str(understood.value)}
    return {}


def _record(session: Session, chat: Chat, kind: str, words: str, data: dict[str, str]) -> None:
    assert chat.thread is not None
    data = {"channel": chat.account.kind, "chat": chat.thread.public_id} | data
    timeline.record(session, chat.person.customer_id, kind, at=chat.now, data=data, text=words or None)


def _note(session: Session, account: ChannelAccount, inbound: Inbound, now: datetime) -> None:
    """What is not answered: leaving, reacting, and what people of the shop wrote by hand."""
    identity = identities.find(session, account.id, inbound.user)
    if identity is None:
        return
    if inbound.kind is InboundKind.UNFOLLOW:
        identities.unfollowed(session, identity, now=min(inbound.at, now))
    elif inbound.kind is InboundKind.HUMAN:
        thread = outside.answered_outside(session, identity, now=now)
        data = {"channel": account.kind, "by": "human"} | ({"chat": thread.public_id} if thread is not None else {})
        timeline.record(session, identity.customer_id, "message_out", at=now, data=data, text=inbound.text or None)
    elif inbound.kind in OVERHEARD:
        overhearing.note(session, account, identity, inbound, now=now)
    elif inbound.interaction:
        identities.touch(session, identity, now=min(inbound.at, now))


def _audit_refused(session: Session, chat: Chat, understood: Understood, actor: str) -> None:
    tag = keyring(session).look_up("chat", f"{chat.account.id}|{chat.user_id}").hex()[:12]
    detail = {"command": understood.command.name if understood.command else "unknown"}
    audit.record(
        session, actor, "command_refused", f"chat:{tag}", source=chat.account.kind, detail=detail, now=chat.now
    )


def _is_answered(session: Session, event_key: str) -> bool:
    session.flush()
    return prepared.one(session.connection(), _ANSWER, {"key": _reply_key(event_key)}) is not None


_MESSAGES = OutboundMessage.metadata.tables[OutboundMessage.__tablename__]
_ANSWER = select(_MESSAGES.c.id).where(_MESSAGES.c.dedupe_key == bindparam("key"))


def _reply_key(event_key: str) -> str:
    return f"reply:{event_key}"
