"""Whoever waits to write has the next turn, whatever the others do."""

import multiprocessing
import threading
import time
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import pytest

from loyalty.turns import Turns

HELD = 0.005  # seconds a busy writer keeps its turn before it wants it again
TAKEN = 3  # turns others may have while one waits: the one under way, one at the gate, one that slipped between
START = multiprocessing.get_context("spawn")


def keep_busy(path: Path, turns_had: "Synchronized[int]", seconds: float) -> None:
    """Write, and want to write again at once."""
    turns, deadline = Turns(path, patience=5), time.monotonic() + seconds
    while time.monotonic() < deadline:
        with turns:
            turns_had.value += 1
            time.sleep(HELD)


def hold(path: Path, turns_had: "Synchronized[int]") -> None:
    with Turns(path, patience=5):
        turns_had.value += 1
        time.sleep(600)


def wait_for(turns_had: "Synchronized[int]") -> None:
    deadline = time.monotonic() + 60
    while not turns_had.value:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def most_had_while_waiting(turns: Turns, turns_had: "Synchronized[int]") -> int:
    most = 0
    for _ in range(20):
        before = turns_had.value
        with turns:
            most = max(most, turns_had.value - before)
        time.sleep(HELD * 1.5)
    return most


def test_another_thread_that_keeps_coming_back_does_not_keep_one_out() -> None:
    turns, turns_had, stop = Turns(None, patience=5), START.Value("i", 0), threading.Event()

    def busy() -> None:
        while not stop.is_set():
            with turns:
                turns_had.value += 1
                time.sleep(HELD)

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        assert most_had_while_waiting(turns, turns_had) <= TAKEN
    finally:
        stop.set()
        thread.join()


def test_another_process_that_keeps_coming_back_does_not_keep_one_out(tmp_path: Path) -> None:
    path, turns_had = tmp_path / "loyalty.db", START.Value("i", 0)
    other = START.Process(target=keep_busy, args=(path, turns_had, 30.0))
    other.start()
    try:
        wait_for(turns_had)
        assert most_had_while_waiting(Turns(path, patience=5), turns_had) <= TAKEN
    finally:
        other.terminate()
        other.join()


def test_the_turn_of_a_process_that_was_killed_is_over(tmp_path: Path) -> None:
    path, turns_had = tmp_path / "loyalty.db", START.Value("i", 0)
    other = START.Process(target=hold, args=(path, turns_had))
    other.start()
    wait_for(turns_had)
    other.kill()
    other.join()
    began = time.monotonic()
    with Turns(path, patience=60):
        assert time.monotonic() - began < 30


def test_who_is_inside_may_enter_again(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "loyalty.db", patience=5)
    with turns, turns:
        pass
    with turns:
        pass
    turns.close()


@pytest.mark.parametrize("folder", ["", "no such folder"])
def test_patience_or_a_missing_folder_leave_the_decision_to_the_database(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "loyalty.db"
    with Turns(path, patience=5), Turns(path, patience=0.05):
        pass
