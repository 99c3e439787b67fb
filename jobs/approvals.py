"""Campaigns and journeys that wait for a second person: who may decide is shown them, who asked is told."""

from datetime import timedelta

from bots import asking
from jobs.registry import Context, pump
from loyalty.journeys import deciding
from loyalty.staff import approvals

NEWS = timedelta(days=1)  # a decision older than that is no news


@pump(rest=2.0)
def tell_deciders(context: Context) -> int:
    """Show what waits to every manager and owner who can be written to, and tell who asked what was decided.

    Each is told once: what was told stands with the request, changed in the transaction that queues the message.
    """
    now, limits = context.clock(), {kind: channel.text_limit for kind, channel in context.channels.items()}
    with context.read_only() as session:  # most rounds find nothing, and hold no writer up
        waiting, chats = approvals.each_waiting(session, deciding.KINDS), asking.deciders(session, now=now)
        asked = [each.id for each in waiting if asking.untold(each, chats, limits)] if chats else []
        decided = [each.id for each in approvals.list_untold(session, deciding.KINDS, since=now - NEWS)]
    if not asked and not decided:
        return 0
    with context.transaction() as session:
        chats = asking.deciders(session, now=now)
        told = sum(
            asking.tell_waiting(session, approvals.hold(session, each), chats, limits, now=now) for each in asked
        )
        return told + sum(asking.tell_decided(session, approvals.hold(session, each), now=now) for each in decided)
