"""Taking the demo away, when its owner asked for it."""

from jobs.registry import Context, pump
from loyalty.demo import farewell


@pump(rest=1.0)
def leave_demo(context: Context) -> int:
    """Go from demo to real; returns 1 after a round of it. Killed half-way, another worker goes on after 10 s."""
    with context.read_only() as session:
        if not farewell.is_due(session, now=context.clock()):
            return 0
    farewell.work(context.database, owner=context.owner, clock=context.clock, stopping=context.stopping)
    return 1
