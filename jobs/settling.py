"""What a platform's answer to a message asks of us."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session
from structlog import get_logger

from bots.channel import SLOWED, Action, SendError
from loyalty.activity import timeline
from loyalty.alerts import raising
from loyalty.channels import accounts, outages
from loyalty.channels.outages import Outages
from loyalty.channels.route import TEMPLATES
from loyalty.customers import identities
from loyalty.messaging import budget, contents, eligibility, outbox, phoning, routes
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Claimed, Lane
from loyalty.pictures import uploads

log = get_logger()
TRIES = 5
OUTAGE_WAIT = timedelta(seconds=10)  # after a call that found no platform
NOT_THIS_WAY = (Action.WINDOW, Action.PERSON, Action.CONTENT)  # certainly not sent, and not to be by the same way
Answer = tuple[int, SendError | None]  # of an account's platform to one call


@dataclass(frozen=True, slots=True)
class Outcome:
    claimed: Claimed
    provider_id: str = ""
    error: SendError | None = None
    attachment: str = ""  # the platform's name of the picture that went with it
    is_billed: bool | None = None  # by the platform's answer, of a way whose price it alone knows

    @property
    def answer(self) -> Answer:
        return self.claimed.account_id, self.error


def note_outages(session: Session, down: Outages, answers: Iterable[Answer], now: datetime) -> None:
    """Count calls without an answer, and end the outage of whoever answered: before any customer is locked."""
    spoke = set()
    for account_id, error in answers:
        if error is None or not error.is_outage:
            spoke.add(account_id)
        elif outages.failed(session, account_id, now=now):
            raising.raise_alert(session, "channel_down", _subject(session, account_id), error.code, now=now)
    for account_id in outages.answered(session, down, spoke):
        raising.close(session, "channel_down", _subject(session, account_id), now=now)


def _subject(session: Session, account_id: int) -> str:
    account = accounts.get(session, account_id)
    return f"{account.kind}:{account.external_id}"


def settle(session: Session, outcomes: Iterable[Outcome], now: datetime) -> None:
    for outcome in outcomes:
        message = outbox.lock(session, outcome.claimed)
        if message is None or message.state != "sending" or message.fence != outcome.claimed.fence:
            continue  # too late: it was put in doubt meanwhile
        if outcome.error is None:
            routes.was_billed(session, message, is_billed=outcome.is_billed, now=now)
            _sent(session, message, outcome.provider_id, now)
        else:
            if outcome.error.no_attachment:
                uploads.forget(session, outcome.claimed.account_id, outcome.attachment, now=now)
            _refused(session, message, outcome.error, now)
            if outcome.error.action is not Action.UNKNOWN:
                budget.give_back(session, message)


def _sent(session: Session, message: OutboundMessage, provider_id: str, now: datetime) -> None:
    message.provider_id = provider_id or None
    outbox.close(message, "sent", now=now)
    if message.lane == Lane.PROMOTION and message.customer_id is not None:
        timeline.record(session, message.customer_id, "offer_sent", at=now, data={"message": message.public_id})


def _refused(session: Session, message: OutboundMessage, error: SendError, now: datetime) -> None:
    """What the platform's answer asks of us."""
    log.warning("send_refused", message_id=message.public_id, action=error.action.value, code=error.code)
    if error.is_unknown:
        _alert(session, message, "code_unknown", error, now)
    if error.action in NOT_THIS_WAY and _try_another(session, message, error, now):
        return
    match error.action:
        case Action.UNKNOWN:
            outbox.put_in_doubt(message, now=now, error=error.code)
        case Action.WINDOW:
            ring_up(session, message, "window", now)
            outbox.close(message, "skipped", now=now, reason="window", error=error.code)
        case Action.PERSON:
            ring_up(session, message, "person", now)
            outbox.close(message, "failed", now=now, reason="person", error=error.code)
            _mark_person(session, message, error.code, now)
        case Action.CONTENT:
            outbox.close(message, "failed", now=now, reason="content", error=error.code)
        case Action.STOP if error.only_templates:
            _alert(session, message, "templates_refused", error, now)
            _retry(message, error, now)
        case Action.STOP:
            stop(session, message.channel_account_id, error.code, now)
            _wait(message, error, now)  # with the others
        case Action.RETRY | Action.REFRESH:
            _retry(message, error, now)


def _mark_person(session: Session, message: OutboundMessage, code: str, now: datetime) -> None:
    """Nobody writes to them this way again; by a template the refusal is of templates only."""
    if message.route in TEMPLATES:
        routes.refuse(session, message, code, now=now)
    elif identity := identities.find(session, message.channel_account_id, message.user_id):
        identities.mark_unreachable(session, identity, now=now)


def _try_another(session: Session, message: OutboundMessage, error: SendError, now: datetime) -> bool:
    """Whether a message that certainly did not go may go by its next way; each is tried once."""
    if message.route is None:
        return False
    budget.give_back(session, message)
    message.tried = ",".join([*routes.tried_of(message), message.route])
    if error.action is Action.PERSON:
        _mark_person(session, message, error.code, now)
    if not eligibility.has_another(session, message, now=now):
        return False
    message.state, message.error = "waiting", error.code
    outbox.hold(message, now)
    return True


def stop(session: Session, account_id: int, code: str, now: datetime) -> None:
    """The whole channel is refused: nothing more leaves through it, and the owner is told."""
    accounts.stop(session, account_id, code, now=now)
    raising.raise_alert(session, "channel_stopped", _subject(session, account_id), code, now=now)


def _alert(session: Session, message: OutboundMessage, kind: str, error: SendError, now: datetime) -> None:
    """Told once while it is open, one for each code."""
    subject = f"{_subject(session, message.channel_account_id)}:{error.code}"
    raising.raise_alert(session, kind, subject, error.code, now=now)


def _retry(message: OutboundMessage, error: SendError, now: datetime) -> None:
    if error.is_outage:  # nothing is wrong with the message: it goes as long as it has a point
        _wait(message, error, now + (error.retry_after or OUTAGE_WAIT))
        return
    if error.code == SLOWED and error.retry_after is not None:  # held back, not refused: no try is spent
        _wait(message, error, now + error.retry_after)
        return
    if message.attempts >= TRIES:
        outbox.close(message, "failed", now=now, reason="retries", error=error.code)
        return
    message.state, message.error = "waiting", error.code
    message.due_at = now + (error.retry_after or timedelta(seconds=2**message.attempts))


def _wait(message: OutboundMessage, error: SendError, until: datetime) -> None:
    """No try is spent."""
    message.state, message.error = "waiting", error.code
    outbox.hold(message, until)


def ring_up(session: Session, message: OutboundMessage, reason: str, now: datetime) -> None:
    """No way is left: staff are asked to ring, where it is worth it. Call it while the message still has its words."""
    if message.customer_id is not None and message.purpose in phoning.KINDS:
        words = contents.read(session, message).text
        phoning.want(session, message.customer_id, message.purpose, reason, words, now=now)
