"""kill -9 of workers at random while a campaign with a picture goes to 5,000 people and some of them refuse meanwhile.

`python -m drills campaign_kills [PEOPLE]`: a kill for every 50 people, and every worker at once while the picture is on
its way up, which it is again and again, for the platform forgets it. Nobody is lost or written to twice; at most one
message per sending thread and kill is of unknown fate, and each of those is listed; a picture puts none in doubt;
whoever refused before their message was begun never gets it.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from drills.shops import book_problems, make_subscribers, open_shop
from jobs.outbox import AT_ONCE
from loyalty.campaigns import certificates, lifecycle, report
from loyalty.campaigns.letters import Draft
from loyalty.campaigns.models import Campaign, CampaignRun
from loyalty.customers import consents, profiles
from loyalty.customers.models import ChannelIdentity
from loyalty.db import Database
from loyalty.messaging.models import OutboundMessage
from loyalty.pictures.models import PictureUpload
from loyalty.segments import saved
from tests.builders_pictures import make_picture
from tests.fakes_http import Answer, Request
from tests.world import LOYALTY, NEVER_QUIET, Platforms, World

PEOPLE, WORKERS, PER_KILL, REFUSERS = 5_000, 3, 50, 40
OFFER = "Cuối tuần này bánh mới ra lò"
PATIENCE = 1_800  # seconds
UPLOAD_TAKES = 0.6  # seconds
CUT_OFF = 2  # uploads during which everybody dies; each is taken up again when its lease has run out


class Album(Platforms):
    """Zalo, keeping a picture for so many messages only, then refusing its name."""

    def __init__(self, shown_for: int) -> None:
        super().__init__()
        self.uploads, self._shown_for, self._left, self._until = 0, shown_for, 0, 0.0

    @property
    def is_uploading(self) -> bool:
        return time.monotonic() < self._until

    def _answer(self, request: Request) -> Answer:
        if request.path.endswith("/oa/upload/image"):
            return self._upload()
        if request.path.endswith("/oa/message/cs") and not self._shows(request.json):
            return Answer({"error": -100, "message": "The attachment is too old"})
        return super()._answer(request)

    def _upload(self) -> Answer:
        with self._lock:
            self.uploads, self._left = self.uploads + 1, self._shown_for
            self._until = time.monotonic() + UPLOAD_TAKES * 0.8
            named = {"attachment_id": f"picture-{self.uploads}"}
        return Answer({"error": 0, "message": "Success", "data": named}, delay=UPLOAD_TAKES)

    def _shows(self, body: Any) -> bool:
        [element] = body["message"]["attachment"]["payload"]["elements"]
        with self._lock:
            if element["attachment_id"] != f"picture-{self.uploads}" or not self._left:
                return False
            self._left -= 1
            return True


@dataclass
class Storm:
    """What happened outside: how many were killed, who refused before anything of theirs was begun."""

    kills: int = 0
    cut_off: int = 0  # uploads whose worker died
    refused: set[str] = field(default_factory=set)


def run(url: str, rng: random.Random, limit: str = str(PEOPLE)) -> Iterator[str]:
    people = int(limit.rstrip("s"))
    kills = max(people // PER_KILL, 1)
    database = open_shop(url)
    users = make_subscribers(database, people)
    with database.transaction() as session:
        now = datetime.now(UTC)
        everybody = saved.create(session, "Tất cả", {"all": []}, now=now)
        campaign = lifecycle.create(session, "Bánh mới", everybody.id, OFFER, now=now)
        lifecycle.edit(session, campaign, stated={"stops": {"objections": 100, "failed": 100, "blocked": 100}})
        lifecycle.furnish(session, campaign, Draft(picture=make_picture(session).public_id), now=now)
        lifecycle.schedule(session, campaign, now=now)
        campaign_id = campaign.id
    with Album(shown_for=people // 4) as platforms:
        platforms.answer_delay = 0.01
        world = World(url, platforms, **NEVER_QUIET)
        storm = _storm(world, platforms, database, campaign_id, rng, users, kills)
        yield f"{storm.kills} workers killed, {len(storm.refused)} people refused before their message was begun"
        yield f"the picture went up {platforms.uploads} times; everybody died during {storm.cut_off} of them"
        yield from _check(world, database, campaign_id, storm, users)
    database.close()


def _storm(
    world: World,
    album: Album,
    database: Database,
    campaign_id: int,
    rng: random.Random,
    users: Sequence[str],
    kills: int,
) -> Storm:
    """Workers that die and are replaced until the campaign is over; each kill falls into its sending, or an upload."""
    storm, deadline = Storm(), time.monotonic() + PATIENCE
    workers = [_hire(world) for _ in range(WORKERS)]
    refusers = rng.sample(list(users), min(REFUSERS, len(users) // 10))
    steps = [len(users) * (number + 1) // (kills + 1) for number in range(kills)]  # how many were heard of at each kill
    try:
        while not _is_over(database, campaign_id):
            assert time.monotonic() < deadline, "the campaign did not end"
            time.sleep(0.05)
            heard = len(world.platforms.heard)
            if refusers and heard >= len(users) * (1 - len(refusers) / REFUSERS) * 0.8:
                storm.refused |= _refuse(database, refusers.pop())
            if album.is_uploading and storm.cut_off < CUT_OFF:
                _replace(world, storm, workers, range(WORKERS))
                storm.cut_off += _is_cut_off(database)
            elif steps and heard >= steps[0]:
                steps.pop(0)
                time.sleep(rng.uniform(0, 0.2))
                _replace(world, storm, workers, [rng.randrange(WORKERS)])
    finally:
        for worker in workers:
            _kill(worker)
    assert storm.kills >= kills // 2, f"only {storm.kills} kills: the drill proved little"
    assert storm.cut_off == CUT_OFF, f"{storm.cut_off} uploads were cut off"
    return storm


def _replace(world: World, storm: Storm, workers: list[subprocess.Popen[bytes]], victims: Iterable[int]) -> None:
    for victim in victims:
        _kill(workers[victim])
        storm.kills += 1
    for victim in victims:
        workers[victim] = _hire(world)


def _is_cut_off(database: Database) -> bool:
    """Whether a picture is still wanted after everybody died: nobody wrote down that it went up."""
    with database.read_only() as session:
        return session.scalar(sa.select(PictureUpload.state)) == "wanted"


def _hire(world: World) -> subprocess.Popen[bytes]:
    command = [*LOYALTY, "worker"]
    return subprocess.Popen(
        command, env=world.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def _kill(worker: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def _refuse(database: Database, user: str) -> set[str]:
    """One person refuses; who had nothing begun at that moment must never get anything."""
    with database.transaction() as session:
        identity = session.scalars(sa.select(ChannelIdentity).filter_by(user_id=user)).one()
        profiles.lock(session, identity.customer_id)
        begun = session.scalar(
            sa.select(OutboundMessage.id).where(
                OutboundMessage.customer_id == identity.customer_id, OutboundMessage.state.not_in(("waiting",))
            )
        )
        consents.withdraw_promotion(
            session,
            identity.customer_id,
            text_version="drill",
            locale="vi",
            event_key=f"drill:stop:{user}",
            words="dừng",
            now=datetime.now(UTC),
        )
        return {user} if begun is None else set()


def _is_over(database: Database, campaign_id: int) -> bool:
    with database.read_only() as session:
        campaign = session.get_one(Campaign, campaign_id)
        assert campaign.state in ("scheduled", "running", "finished"), campaign.stopped
        if campaign.state != "finished":
            return False
        run = session.scalars(sa.select(CampaignRun).filter_by(campaign_id=campaign_id)).one()
        return run.certificate is not None


def _check(world: World, database: Database, campaign_id: int, storm: Storm, users: Sequence[str]) -> Iterator[str]:
    offers = Counter(message.user for message in world.platforms.heard if OFFER in message.text)
    with database.read_only() as session:
        campaign = session.get_one(Campaign, campaign_id)
        found, [_run] = report.of_campaign(session, campaign)
        run_id = session.scalars(sa.select(CampaignRun.public_id)).one()
        stated = certificates.get(session, campaign, run_id or "")
        messages = {row.user_id: row.state for row in session.scalars(sa.select(OutboundMessage))}
    yield f"heard {sum(offers.values())} for {len(offers)} people; {dict(found.outcomes)}"
    doubled = [user for user, number in offers.items() if number > 1]
    assert doubled == [], f"{len(doubled)} people were written to twice"
    unknown = found.outcomes["unknown"]
    silent = [user for user in users if user not in offers and messages.get(user) == "sent"]
    assert silent == [], f"{len(silent)} count as sent and were never heard of"
    lost = [user for user in users if user not in messages]
    assert lost == [], f"{len(lost)} people have no message at all"
    assert unknown <= storm.kills * AT_ONCE, f"{unknown} unknown after {storm.kills} kills"
    assert found.frozen == len(users) == sum(found.outcomes.values())
    assert found.outcomes["waiting"] == 0
    assert stated["frozen"] == len(users) and stated["unknown"] == unknown, stated
    assert stated["crashed"] == unknown
    listed = _listed(world)
    assert len(listed) == unknown, f"{len(listed)} of {unknown} unknown ones are listed"
    after = [user for user in storm.refused if user in offers or messages[user] != "skipped"]
    assert after == [], f"{len(after)} got it although they had refused"
    problems = book_problems(database)
    assert problems == [], problems[:5]
    arrived = sum(1 for user, state in messages.items() if state == "unknown" and user in offers)
    yield f"0 lost, 0 doubled; {unknown} unknown, each listed ({arrived} of them had arrived); the certificate adds up"


def _listed(world: World) -> list[Any]:
    told = subprocess.run(
        [*LOYALTY, "outbox", "list", "--state", "unknown", "--limit", "1000", "--json"],
        env=world.environment,
        capture_output=True,
        check=True,
    )
    found: list[Any] = json.loads(told.stdout)
    return found
