"""What must always hold of customers, asked of the stored rows."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from loyalty.channels.models import ChannelAccount
from loyalty.customers import chains, consents, identities
from loyalty.customers.models import ChannelIdentity, ConsentEvent, Customer, CustomerStats, NameToken
from loyalty.vault.models import CustomerKey

CHUNK = 1000

Query = Select[*tuple[Any, ...]]
Found = Row[*tuple[Any, ...]]
Rows = Sequence[Found]


def problems(session: Session) -> Iterator[str]:
    """One sentence for everything that is not as it must be; nothing when all is well. Reads everything, in chunks."""
    before = 0
    while people := session.execute(_people().where(Customer.id > before).limit(CHUNK)).all():
        first, before = people[0].id, people[-1].id
        answers = _by_customer(session, _answers(), ConsentEvent.customer_id.between(first, before))
        chats = _by_customer(session, _chats(), ChannelIdentity.customer_id.between(first, before))
        for person in people:
            name = f"customer {person.public_id}"
            yield from (f"{name}: {problem}" for problem in _of_person(person))
            if person.consent_seq is not None:
                yield from (f"{name}: {problem}" for problem in _of_chain(person, answers[person.id]))
                yield from (f"{name}: {problem}" for problem in _of_chats(person, chats[person.id], answers[person.id]))


def _of_person(person: Found) -> Iterator[str]:
    if person.consent_seq is None:
        yield "has no totals"
        return
    if person.has_phone != (person.phone_key is not None):
        yield f"totals say has_phone {person.has_phone}, the profile says otherwise"
    if person.has_birthday != person.stats_have_birthday:
        yield f"totals have a birthday: {person.stats_have_birthday}, the profile says otherwise"
    if person.stats_joined_at != person.joined_at:
        yield "totals and profile joined at different times"
    if person.stats_erased_at != person.erased_at:
        yield "totals and profile were erased at different times"
    if person.erased_at is None and not person.has_key:
        yield "has no key: what is kept of them cannot be read"
    if person.erased_at is not None and (
        person.is_named or person.phone_key or person.email_key or person.has_birthday
    ):
        yield "was erased and can still be found"
    if person.erased_at is not None and person.moved_to_id is None and person.has_key:
        yield "was erased and their key is still there"


def _of_chain(person: Found, answers: Rows) -> Iterator[str]:
    """Each row against the one before it, the last one against the head."""
    chain = chains.start("consent", person.public_id)
    for place, answer in enumerate(answers, start=1):
        if answer.seq != place:
            yield f"consent {place} is missing"
            return
        channel = f"{answer.kind}:{answer.external_id}" if answer.kind else None
        chain = chains.link(chain, consents.content(answer, person.public_id, channel))
        if chain != answer.chain:
            yield f"consent {place} is not what was recorded"
            return
    if (person.consent_seq, person.consent_chain) != (len(answers), chain):
        yield f"{len(answers)} consents are kept, the totals know {person.consent_seq}, or of others"
    if person.refused != (true := consents.refused_of(answers)):
        yield f"totals say {person.refused!r} is switched off, the answers say {true!r}"


def _of_chats(person: Found, chats: Rows, answers: Rows) -> Iterator[str]:
    newest = {answer.channel_account_id: answer.granted for answer in answers if answer.purpose == "promotion"}
    if person.erased_at is not None:
        newest = {}  # of an erased person nothing holds, also where a backup brought their answers back
    for chat in chats:
        if chat.promotion != newest.get(chat.channel_account_id, False):
            yield f"the {chat.kind} chat says promotion {chat.promotion}, the newest answer there says otherwise"
    told = identities.Summary(person.channels, person.consent_promotion, person.last_interaction_at)
    if told != (true := identities.summary(chats)):
        yield f"totals say {told}, the chats say {true}"


def _people() -> Query:
    """Profile and totals side by side, by id."""
    stats = CustomerStats
    return (
        select(
            Customer.id,
            Customer.public_id,
            Customer.phone_key,
            Customer.email_key,
            Customer.joined_at,
            Customer.erased_at,
            Customer.moved_to_id,
            select(CustomerKey.customer_id).where(CustomerKey.customer_id == Customer.id).exists().label("has_key"),
            select(NameToken.customer_id).where(NameToken.customer_id == Customer.id).exists().label("is_named"),
            stats.consent_seq,
            stats.consent_chain,
            stats.has_phone,
            stats.joined_at.label("stats_joined_at"),
            stats.erased_at.label("stats_erased_at"),
            Customer.birthday.is_not(None).label("has_birthday"),
            stats.birthday.is_not(None).label("stats_have_birthday"),
            stats.channels,
            stats.consent_promotion,
            stats.refused,
            stats.last_interaction_at,
        )
        .outerjoin(stats, stats.customer_id == Customer.id)
        .order_by(Customer.id)
    )


def _answers() -> Query:
    columns = [column for column in ConsentEvent.__table__.columns if column.name != "id"]
    return (
        select(*columns, ChannelAccount.kind, ChannelAccount.external_id)
        .outerjoin(ChannelAccount, ChannelAccount.id == ConsentEvent.channel_account_id)
        .order_by(ConsentEvent.customer_id, ConsentEvent.seq)
    )


def _chats() -> Query:
    return select(
        ChannelIdentity.customer_id,
        ChannelIdentity.channel_account_id,
        ChannelAccount.kind,
        ChannelIdentity.promotion,
        ChannelIdentity.unreachable_at,
        ChannelIdentity.last_interaction_at,
    ).join(ChannelAccount, ChannelAccount.id == ChannelIdentity.channel_account_id)


def _by_customer(session: Session, query: Query, chunk: Any) -> dict[int, list[Found]]:
    found: dict[int, list[Found]] = defaultdict(list)
    for row in session.execute(query.where(chunk)):
        found[row.customer_id].append(row)
    return found
