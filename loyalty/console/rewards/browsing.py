"""The rewards there are, what each has cost, and who redeemed."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from loyalty.console import persons, reward_words
from loyalty.console.desk import Desk
from loyalty.console.persons import Person
from loyalty.console.rewards.here import section
from loyalty.console.section import Answer
from loyalty.customers.models import Customer
from loyalty.insights import redemptions as numbers
from loyalty.pictures import gallery
from loyalty.rewards import catalogue, redemptions, vouchers
from loyalty.rewards.models import Kind, Redemption, Reward, State
from loyalty.staff.permissions import Right

PAGE = 30


@dataclass(frozen=True, slots=True)
class Listed:
    """One reward in the list."""

    reward: Reward
    name: str
    worth: str
    limits: Sequence[str]
    picture: str  # the id of its photo, "" for none


@dataclass(frozen=True, slots=True)
class Taken:
    """One redemption, with who took it."""

    redemption: Redemption
    person: Person
    by: str


@section.get("/rewards", right=Right.REWARDS)
def index(desk: Desk) -> Answer:
    """The catalogue, newest first; those put away on a page of their own."""
    which = desk.args.get("which", "")
    is_archived = which == "archived"
    last = desk.args.get("after", "")
    before = int(last) if last.isascii() and last.isdigit() and len(last) < 10 else None
    found = catalogue.list_newest(desk.session, before=before, archived=is_archived, limit=PAGE + 1)
    shown = found[:PAGE]
    more = url_for(".index", which=which or None, after=shown[-1].number) if len(found) > PAGE else ""
    return desk.render(
        "rewards/index.html",
        listed=[listed(desk, reward) for reward in shown],
        more=more,
        is_archived=is_archived,
        totals=numbers.totals(desk.session),
    )


@section.get("/rewards/<public_id>", right=Right.REWARDS)
def show(desk: Desk, public_id: str) -> Answer:
    """One reward: its terms, its numbers, who redeemed it."""
    reward = catalogue.get_public(desk.session, public_id)
    last = desk.args.get("after", "")
    before = redemptions.get_public(desk.session, last).id if last else None
    found = redemptions.list_newest(desk.session, reward_id=reward.id, before=before, limit=PAGE + 1)
    more = url_for(".show", public_id=public_id, after=found[PAGE - 1].public_id) if len(found) > PAGE else ""
    return desk.render(
        "rewards/show.html",
        each=listed(desk, reward),
        kind=reward_words.KINDS[reward.kind].in_(desk.locale),
        about=catalogue.about(reward, desk.locale),
        numbers=numbers.of_reward(desk.session, reward),
        free=vouchers.count_free(desk.session, reward.id) if reward.kind == Kind.CODE else None,
        taken=show_taken(desk, found[:PAGE]),
        more=more,
        states=reward_words.STATES,
        State=State,
        Kind=Kind,
    )


def listed(desk: Desk, reward: Reward) -> Listed:
    name = reward_words.name(desk, reward)
    picture = gallery.name_of(desk.session, reward.picture_id)
    return Listed(reward, name, reward_words.worth(desk, reward), reward_words.limits(desk, reward), picture)


def show_taken(desk: Desk, found: Sequence[Redemption]) -> list[Taken]:
    """Redemptions with their people, fetched together."""
    customers = [desk.session.get_one(Customer, each.customer_id) for each in found]
    people = persons.show_all(desk.session, customers)
    return [
        Taken(each, person, desk.name_of(each.fulfilled_by) if each.fulfilled_by else "")
        for each, person in zip(found, people, strict=True)
    ]
