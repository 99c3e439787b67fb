"""The rules of points, tried in the background."""

from jobs.registry import Context, pump
from loyalty.points import trial


@pump(rest=0.5)
def simulate_programme(context: Context) -> int:
    """Go on with the simulation of the draft of the rules; returns 1 while there is something to do."""
    return int(trial.advance(context.database))
