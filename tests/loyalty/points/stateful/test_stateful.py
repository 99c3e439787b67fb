"""Random histories of the whole points engine, against a model that knows nothing of it."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from loyalty.db import Database
from loyalty.programme import reading
from tests.loyalty.points.stateful.machine import Histories
from tests.loyalty.points.stateful.programmes import PROGRAMMES, QUARTERS, Rules, document

SEQUENCES = {"sqlite": 170, "postgresql": 30}
STEPS = 25


def test_whatever_happens_the_engine_and_the_model_agree(database: Database, engine_kind: str) -> None:
    run_state_machine_as_test(
        lambda: Histories(database),  # type: ignore[arg-type]  # any maker will do
        settings=settings(
            max_examples=SEQUENCES[engine_kind],
            stateful_step_count=STEPS,
            derandomize=True,  # the same ones in every run: looking for new ones is the drill's
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("rules", PROGRAMMES, ids=lambda rules: rules.name)
def test_the_documents_say_what_the_model_means(rules: Rules) -> None:
    programme = reading.read(1, document(rules)).must()

    assert {tier.code: tier.multiplier * 4 for tier in programme.tiers} == QUARTERS
    assert tuple(tier.spend for tier in programme.tiers) == rules.needs
    assert programme.expiry.policy == rules.expiry
