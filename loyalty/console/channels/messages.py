"""Outgoing messages by state; and a person's word about those of which nobody knows whether they arrived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request, url_for
from sqlalchemy import select

from loyalty.campaigns import outcomes
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.channels import accounts
from loyalty.console import persons
from loyalty.console.channels import words
from loyalty.console.channels.here import section
from loyalty.console.desk import Desk, Undo
from loyalty.console.persons import Person
from loyalty.console.section import Answer
from loyalty.crypto import Undecryptable
from loyalty.customers.models import Customer
from loyalty.messaging import contents, outbox, traffic
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.staff.permissions import Right
from loyalty.vault.people import Erased
from loyalty.words import Both

PAGE = 30
LONGEST = 120  # characters of what it says
VERDICTS: Mapping[str, Both] = {
    "sent": Both("Tin được ghi là đã tới.", "The message counts as arrived."),
    "failed": Both("Tin được ghi là không tới.", "The message counts as failed."),
    "resend": Both("Tin sẽ được gửi lại ngay.", "The message is sent again."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One message. `text` is what it says while that is kept, else the campaign it belongs to."""

    message: OutboundMessage
    channel: str
    lane: str
    state: str
    kind: str
    reason: str
    person: Person | None
    text: str


@section.get("/channels/messages", right=Right.CHANNELS)
def messages(desk: Desk) -> Answer:
    """Messages of one state, or all."""
    asked = request.args.get("state", "")
    state = asked if asked in traffic.STATES else None
    found, cursor = traffic.list_messages(desk.session, state, after=request.args.get("after", ""), limit=PAGE)
    return desk.render(
        "channels/messages.html",
        rows=_rows(desk, found),
        more=url_for(".messages", state=state, after=cursor) if cursor else None,
        state=state,
        states=[(name, words.STATES[name].in_(desk.locale)) for name in traffic.STATES],
    )


@section.post("/channels/messages/<public_id>/settle/<verdict>", right=Right.CHANNELS)
def settle(desk: Desk, public_id: str, verdict: str) -> Answer:
    """It arrived, it did not, or it is sent again."""
    if verdict not in VERDICTS:
        return desk.go(url_for(".messages", state="unknown"))
    outbox.settle_by_hand(desk.session, public_id, verdict, now=desk.now)
    desk.note("message_settled", f"message:{public_id}", **{"as": verdict})
    back = Undo(url_for(".unsettle", public_id=public_id), desk.t("Hoàn tác", "Undo"))
    undo = back if verdict != "resend" else None  # what leaves cannot be called back
    return desk.done(VERDICTS[verdict].in_(desk.locale), to=url_for(".messages", state="unknown"), undo=undo)


@section.post("/channels/messages/<public_id>/unsettle", right=Right.CHANNELS)
def unsettle(desk: Desk, public_id: str) -> Answer:
    """Its fate is unknown again."""
    message = outbox.doubt_again(desk.session, public_id, now=desk.now)
    outcomes.reopen(desk.session, message)
    desk.note("message_unsettled", f"message:{public_id}")
    text = desk.t("Tin lại chờ bạn quyết định.", "The message waits for your word again.")
    return desk.done(text, to=url_for(".messages", state="unknown"))


def _rows(desk: Desk, found: Sequence[OutboundMessage]) -> list[Row]:
    people = _people(desk, {row.customer_id for row in found if row.customer_id is not None})
    campaigns = _campaigns(desk, [row.recipient_id for row in found if row.recipient_id is not None])
    return [
        Row(
            message=row,
            channel=accounts.get(desk.session, row.channel_account_id).kind,
            lane=words.LANES[Lane(row.lane)].in_(desk.locale),
            state=words.STATES[row.state].in_(desk.locale),
            kind=words.KINDS.get(row.state, ""),
            reason=words.reason(row.reason, desk.locale) if row.reason and row.state != "sent" else "",
            person=people.get(row.customer_id or 0),
            text=_text(desk, row) or campaigns.get(row.recipient_id or 0, ""),
        )
        for row in found
    ]


def _people(desk: Desk, ids: set[int]) -> dict[int, Person]:
    """Whom the messages are for; nobody who was erased."""
    found = desk.session.scalars(select(Customer).where(Customer.id.in_(ids), Customer.erased_at.is_(None))).all()
    return {customer.id: person for customer, person in zip(found, persons.show_all(desk.session, found), strict=True)}


def _campaigns(desk: Desk, recipients: Sequence[int]) -> dict[int, str]:
    query = (
        select(CampaignRecipient.id, Campaign.name)
        .join(CampaignRun, CampaignRun.id == CampaignRecipient.run_id)
        .join(Campaign, Campaign.id == CampaignRun.campaign_id)
        .where(CampaignRecipient.id.in_(recipients))
    )
    return {row[0]: row[1] for row in desk.session.execute(query)}


def _text(desk: Desk, message: OutboundMessage) -> str:
    """The beginning of what an undecided message says."""
    if message.body is None or message.state != "unknown":
        return ""
    try:
        text = contents.read(desk.session, message).text
    except (Erased, Undecryptable):
        return ""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
