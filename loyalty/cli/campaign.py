"""`loyalty campaign`: what a campaign would do, letting it go, watching it, holding it, ending it."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from loyalty.campaigns import approval, lifecycle, overview, report
from loyalty.campaigns.lifecycle import CampaignNotFound, WrongState
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.report import RunReport
from loyalty.cli import campaign_preview, common
from loyalty.cli.common import Both, Refused
from loyalty.console.campaigns import here
from loyalty.db import Database
from loyalty.messaging import pace_words
from loyalty.staff import audit

EVERY = 0.5  # seconds between two looks
MOVING = ("running", "scheduled")  # what one may wait for
MISSING = Both(
    vi="Không có chiến dịch «{typed}». Xem danh sách: loyalty campaign list",
    en="There is no campaign “{typed}”. See the list: loyalty campaign list",
)
STATE = Both(
    vi="Chiến dịch đang ở trạng thái «{state}» nên chưa làm được việc này.",
    en="The campaign is “{state}”, where this cannot be done.",
)
ZONE = Both(
    vi="Giờ cần kèm múi giờ, ví dụ: --at 2026-12-01T09:00+07:00",
    en="The time needs its offset: --at 2026-12-01T09:00+07:00",
)
NOW = Both(vi="«{name}»: {state}.", en="“{name}”: {state}.")
ASKS = Both(
    vi="«{name}» gửi cho {people} người, cần người khác duyệt ở bảng điều khiển.",
    en="“{name}” is for {people} people: somebody else has to approve it in the console.",
)
LINE = Both(
    vi="{done}/{frozen} · đã gửi {sent}, không gửi {skipped}, hỏng {failed}, giữ lại {held_out}, chưa rõ {unknown}",
    en="{done}/{frozen} · sent {sent}, skipped {skipped}, failed {failed}, held out {held_out}, unknown {unknown}",
)
LEFT = Both(
    vi="Ngừng xem; chiến dịch vẫn chạy. Xem tiếp: loyalty campaign watch {id}",
    en="No longer watching; it goes on. To watch: loyalty campaign watch {id}",
)
HEAD = Both(vi="Mã|Trạng thái|Tên|Lần tới", en="Id|State|Name|Next")
NONE = Both(vi="Chưa có chiến dịch nào.", en="There are no campaigns.")
Move = Callable[[Session, Campaign, datetime], None]


@click.group()
def campaign() -> None:
    """Messages to a segment: looked at, let go, watched, held, ended."""


@campaign.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
def list_(limit: int) -> None:
    """Campaigns, newest first."""
    with common.reading() as session:
        found = lifecycle.list_newest(session, limit=limit)
        told = [_told(each) for each in found]
    rows = [[each["id"], _state(each["state"]), each["name"], common.moment(each["next_at"])] for each in told]
    common.emit(told, lambda: common.table(HEAD().split("|"), rows) if rows else NONE())


@campaign.command(context_settings=common.TAKES_IDS)
@click.argument("campaign_id", metavar="CAMPAIGN")
def preview(campaign_id: str) -> None:
    """Who would get CAMPAIGN and who would not, by name and reason; what it costs; when it is through."""
    with common.reading() as session:
        found = _get(session, campaign_id)
        seen = overview.of_campaign(session, found, now=common.now())
        name = found.name
    common.emit(campaign_preview.document(campaign_id, seen), lambda: campaign_preview.picture(name, seen))


@campaign.command(context_settings=common.TAKES_IDS)
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"]), help="Once, at this instant.")
@click.option("--cron", help="Again and again, in shop time: '0 9 * * mon'.")
@click.option("--watch", "is_watched", is_flag=True, help="Follow it until it is over.")
def start(campaign_id: str, at: datetime | None, cron: str | None, is_watched: bool) -> None:
    """Let CAMPAIGN go: now, once at an instant, or by a rule."""
    if at is not None and cron is not None:
        raise click.UsageError("--at and --cron exclude each other")
    if at is not None and at.tzinfo is None:
        raise Refused(ZONE())

    with common.reading() as reading:  # people are counted before anybody else has to wait
        seen = approval.look(reading, _get(reading, campaign_id), now=common.now())

    def begin(session: Session, found: Campaign, now: datetime) -> None:
        lifecycle.schedule(session, found, at=at, cron_rule=cron, by=audit.CLI.actor, seen=seen, now=now)

    told = _move(campaign_id, "campaign_scheduled", begin)
    if is_watched and told["state"] in MOVING:
        _watch(campaign_id)
        return
    asked = told["approval"] or {}
    words = ASKS if told["state"] == "waiting_approval" else NOW
    facts = {"name": told["name"], "state": _state(told["state"]), "people": common.whole(asked.get("people", 0))}
    common.emit(told, words(**facts))


@campaign.command(context_settings=common.TAKES_IDS)
@click.argument("campaign_id", metavar="CAMPAIGN")
def watch(campaign_id: str) -> None:
    """Follow CAMPAIGN with a bar until it is over or paused; Ctrl-C stops watching, not the campaign."""
    _watch(campaign_id)


@campaign.command(context_settings=common.TAKES_IDS)
@click.argument("campaign_id", metavar="CAMPAIGN")
def pause(campaign_id: str) -> None:
    """Begin nothing more of CAMPAIGN until it is resumed."""
    _say(_move(campaign_id, "campaign_paused", lambda session, found, _now: lifecycle.pause(session, found)))


@campaign.command(context_settings=common.TAKES_IDS)
@click.argument("campaign_id", metavar="CAMPAIGN")
def resume(campaign_id: str) -> None:
    """Go on with CAMPAIGN where it was paused."""
    _say(_move(campaign_id, "campaign_resumed", lambda session, found, now: lifecycle.resume(session, found, now=now)))


@campaign.command(context_settings=common.TAKES_IDS)
@click.argument("campaign_id", metavar="CAMPAIGN")
def cancel(campaign_id: str) -> None:
    """End CAMPAIGN for good: whoever was not written to gets nothing."""
    _say(
        _move(
            campaign_id,
            "campaign_cancelled",
            lambda session, found, now: lifecycle.cancel(session, found, by=audit.CLI.actor, now=now),
        )
    )


def _move(campaign_id: str, action: str, act: Move) -> dict[str, Any]:
    """Do it and write it down. Raises Refused."""
    with common.transaction() as session:
        found = _get(session, campaign_id)
        try:
            act(session, found, common.now())
        except WrongState as wrong:
            raise Refused(STATE(state=_state(wrong.facts["state"]))) from None
        audit.record_by(session, audit.CLI, action, f"campaign:{found.public_id}", now=common.now())
        return _told(found)


def _say(told: dict[str, Any]) -> None:
    common.emit(told, NOW(name=told["name"], state=_state(told["state"])))


def _watch(campaign_id: str) -> None:
    """Look again and again; the last numbers are the answer."""
    with common.open_database() as database:
        try:
            with _bar() as tell:
                while _is_moving(look := _look(database, campaign_id)):
                    tell(look)
                    time.sleep(EVERY)
                tell(look)
        except KeyboardInterrupt:
            raise Refused(LEFT(id=campaign_id)) from None
    told, _run, why = look
    lines = [_numbers(told), NOW(name=told["name"], state=_state(told["state"])), *why]
    common.emit(told, "\n".join(lines))


def _look(database: Database, campaign_id: str) -> tuple[dict[str, Any], RunReport | None, Sequence[str]]:
    """The campaign with its numbers, the run under way, and why it paused itself."""
    with database.read_only() as session:
        found = _get(session, campaign_id)
        run = lifecycle.open_run(session, found)
        under_way = report.of_run(session, run) if run is not None else None
        newest = next(iter(report.list_runs(session, found)), None)
        last = report.of_run(session, newest) if newest is not None else None
        why = [*(here.cause(found.stopped, common.locale()) if found.stopped else ()), *_outlook(session, found)]
        numbers = dict(last.outcomes) if last is not None else dict.fromkeys(report.OUTCOMES, 0)
        return {**_told(found), "frozen": sum(numbers.values()), **numbers}, under_way, why


def _is_moving(look: tuple[dict[str, Any], RunReport | None, Sequence[str]]) -> bool:
    """Whether waiting makes sense: a run is under way, or one is about to start."""
    told, run, _why = look
    due = told["next_at"]
    return (told["state"] in ("running", "cancelled") and run is not None) or (
        told["state"] == "scheduled" and due is not None and (due - common.now()).total_seconds() < 60
    )


@contextmanager
def _bar() -> Iterator[Callable[[Any], None]]:
    """A bar on a terminal, nothing elsewhere; it grows while the audience is being frozen."""
    if common.state().json or not sys.stderr.isatty():
        yield lambda _look: None
        return
    with click.progressbar(length=1, file=sys.stderr, show_pos=True, item_show_func=lambda item: item or "") as bar:

        def tell(look: tuple[dict[str, Any], RunReport | None, Sequence[str]]) -> None:
            told = look[0]
            bar.length = max(told["frozen"], 1)
            bar.update(told["frozen"] - told["waiting"] - bar.pos, _numbers(told))

        yield tell


def _numbers(told: dict[str, Any]) -> str:
    shown = {name: common.whole(told[name]) for name in ("frozen", *report.OUTCOMES)}
    return LINE(done=common.whole(told["frozen"] - told["waiting"]), **shown)


def _outlook(session: Session, found: Campaign) -> Iterator[str]:
    """When its own money will be used up, where it has any."""
    if told := pace_words.of_purse(session, found.purse_id, common.locale(), now=common.now()):
        yield told


def _get(session: Session, campaign_id: str) -> Campaign:
    """Raises Refused."""
    try:
        return lifecycle.get_public(session, campaign_id)
    except CampaignNotFound:
        raise Refused(MISSING(typed=campaign_id[:40])) from None


def _state(state: str) -> str:
    return here.STATES[state][0].in_(common.locale())


def _told(found: Campaign) -> dict[str, Any]:
    return {
        "id": found.public_id,
        "name": found.name,
        "state": found.state,
        "next_at": found.next_at,
        "stopped": found.stopped,
        "approval": approval.request_of(found),
    }


commands: list[click.Command] = [campaign]
