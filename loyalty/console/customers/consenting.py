"""What a customer agreed to and refused, each with its proof, and all of it as a page to print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loyalty.channels import accounts
from loyalty.console.customers import stories
from loyalty.console.customers.here import render, section
from loyalty.console.desk import Desk
from loyalty.console.section import Answer
from loyalty.customers import chains, consents, profiles
from loyalty.customers.models import ConsentEvent, Customer, CustomerStats
from loyalty.privacy import erasing, portrait
from loyalty.staff.permissions import Right
from loyalty.vault.people import Erased
from loyalty.words import Both

SAID_AT_COUNTER = "console:said-to-staff"  # text_version of a refusal a person of the shop took down
MOST = 500  # answers of one person; nobody gave more
VERSIONS: Mapping[str, Both] = {
    consents.CHAT_LEFT: Both("chat không còn thuộc hồ sơ", "the chat is no longer theirs"),
    erasing.TEXT_VERSION: Both("dữ liệu được xóa", "their data was erased"),
    SAID_AT_COUNTER: Both("khách nói với nhân viên", "said to staff"),
}


@dataclass(frozen=True, slots=True)
class Given:
    """One answer with its proof. `is_current`: the newest one for its purpose and account."""

    event: ConsentEvent
    purpose: str
    channel: str
    account: str  # the OA or page it was given to
    wording: str
    words: str
    chain: str  # hex
    is_current: bool


@section.get("/customers/<public_id>/consents", right=Right.FIND)
def agreed(desk: Desk, public_id: str) -> Answer:
    """Every answer, newest first."""
    return _page(desk, public_id, "consents.html")


@section.get("/customers/<public_id>/consents/proof", right=Right.FIND)
def proof(desk: Desk, public_id: str) -> Answer:
    """The same as a document."""
    return _page(desk, public_id, "proof.html")


def _page(desk: Desk, public_id: str, template: str) -> str:
    customer = profiles.get_public(desk.session, public_id)
    events = consents.list_all(desk.session, customer.id)
    newest = {event.id for event in consents.current(desk.session, customer.id).values()}
    given = [_given(desk, event, event.id in newest) for event in reversed(events[-MOST:])]
    whole = is_whole(desk, customer, events)
    now_on = portrait.purposes(desk.session.get_one(CustomerStats, customer.id))
    purposes = [
        (each, stories.PURPOSES[each].in_(desk.locale), now_on[each])
        for each in (consents.Purpose.PROMOTION, *consents.SWITCHES)
    ]
    return render(desk, template, customer, given=given, is_whole=whole, count=len(events), purposes=purposes)


def is_whole(desk: Desk, customer: Customer, events: Sequence[ConsentEvent]) -> bool:
    """Whether every answer is what was recorded, and none is missing: each hash follows from the one before it."""
    chain = chains.start("consent", customer.public_id)
    for place, event in enumerate(events, start=1):
        channel = None
        if event.channel_account_id is not None:
            account = accounts.get(desk.session, event.channel_account_id)
            channel = f"{account.kind}:{account.external_id}"
        chain = chains.link(chain, consents.content(event, customer.public_id, channel))
        if (event.seq, event.chain) != (place, chain):
            return False
    head = desk.session.get_one(CustomerStats, customer.id)
    return (head.consent_seq, head.consent_chain) == (len(events), chain)


def _given(desk: Desk, event: ConsentEvent, is_current: bool) -> Given:
    account = accounts.get(desk.session, event.channel_account_id) if event.channel_account_id else None
    try:
        words = consents.words_of(desk.session, event) or ""
    except Erased:
        words = ""
    known = VERSIONS.get(event.text_version)
    return Given(
        event,
        stories.PURPOSES[event.purpose].in_(desk.locale),
        account.kind if account else "",
        account.external_id if account else "",
        known.in_(desk.locale) if known else event.text_version,
        words,
        event.chain.hex(),
        is_current,
    )
