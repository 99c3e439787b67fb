"""Conversations nobody looks after any more: whoever took them left the shop, or fell silent."""

from datetime import datetime

from structlog import get_logger

from jobs.registry import Context, job
from loyalty.messaging import unattended

log = get_logger()


@job(cron="*/5 * * * *")
def give_back_conversations(context: Context, due_at: datetime) -> None:
    """Give each back to the bot, or, where a customer still waits for a word, to another person."""
    with context.read_only() as session:
        left = unattended.list_left(session, now=context.clock())
    for public_id in left:
        if context.stopping.is_set():
            return
        with context.transaction() as session:
            state = unattended.lapse(session, public_id, now=context.clock())
        if state is not None:
            log.info("conversation_given_back", subject=public_id, state=state)
