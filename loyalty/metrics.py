"""What is counted in a process, and what is read from the database when somebody asks: /metrics, Prometheus text."""

from collections.abc import Callable, Iterable
from datetime import datetime

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from loyalty.alerts.models import Alert
from loyalty.db import Database
from loyalty.messaging import inbox
from loyalty.messaging.models import InboundEvent, OutboundMessage

PROCESS = CollectorRegistry()
WEBHOOKS = Counter("loyalty_webhooks", "Webhook deliveries", ["channel", "outcome"], registry=PROCESS)


class Queues(Collector):
    """Queues and alerts, the same whichever process is asked."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        with self._database.read_only() as session:
            yield _by_state(session, "loyalty_inbox_events", InboundEvent, ("received", "parked"))
            yield _by_state(session, "loyalty_outbox_messages", OutboundMessage, ("waiting", "sending", "unknown"))
            age = inbox.oldest_waiting(session, self._clock()).total_seconds()
            yield GaugeMetricFamily("loyalty_inbox_oldest_seconds", "Age of the oldest waiting event", value=age)
            open_alerts = session.scalar(sa.select(sa.func.count()).where(Alert.closed_at.is_(None)))
            yield GaugeMetricFamily("loyalty_alerts_open", "Open alerts", value=open_alerts or 0)


def render(database: Database, clock: Callable[[], datetime]) -> bytes:
    """The Prometheus text of this process and of the database."""
    queues = CollectorRegistry()
    queues.register(Queues(database, clock))
    return generate_latest(PROCESS) + generate_latest(queues)


def _by_state(
    session: Session, name: str, model: type[InboundEvent | OutboundMessage], states: tuple[str, ...]
) -> GaugeMetricFamily:
    counted = session.execute(
        sa.select(model.state, sa.func.count()).where(model.state.in_(states)).group_by(model.state)
    ).all()
    family = GaugeMetricFamily(name, "By state", labels=["state"])
    found = {row[0]: row[1] for row in counted}
    for state in states:
        family.add_metric([state], found.get(state, 0))
    return family
