"""Pictures at the console: chosen on a form, shown, taken away and brought back."""

import io
import re
from typing import Any

import pytest
from sqlalchemy import select

from bots import pages
from loyalty.campaigns.models import CampaignContent
from loyalty.db import Database
from loyalty.pictures import making
from loyalty.pictures.models import Picture
from loyalty.rewards.models import Reward
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import make_segment
from tests.builders_console import Browser, Console, make_console
from tests.builders_pictures import file_of
from tests.builders_rewards import make_reward

REWARD: dict[str, Any] = {"name_vi": "Bánh", "kind": "product", "price": "100", "valid_days": "30"}


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings, [pages.blueprint(settings, database, lambda: NOON)])


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner")


def upload(browser: Browser, to: str, file: bytes) -> str:
    """The id a file gets, as the page is told it at once."""
    answer = browser.post(to, follow=False, picture_file=(io.BytesIO(file), "IMG_1.jpg"))
    assert answer.headers["HX-Trigger-After-Swap"] == "picture-changed"
    found = re.search(r'name="picture" value="([^"]*)"', browser.html)
    assert found is not None
    return found.group(1)


def test_a_photo_is_put_on_a_reward_served_taken_away_and_brought_back(
    owner: Browser, console: Console, database: Database
) -> None:
    with database.transaction() as session:
        reward = make_reward(session)
    page = f"/console/rewards/{reward.public_id}"
    owner.post(f"{page}/edit", **REWARD, picture=upload(owner, "/console/rewards/picture", file_of(kind="JPEG")))
    [address] = re.findall(r'src="(/media/[^"]+)"', owner.html)
    served = console.app.test_client().get(address)
    assert (served.mimetype, served.headers["Cache-Control"]) == (
        "image/jpeg",
        "public, max-age=31536000, immutable",
    )
    again = console.app.test_client().get(address, headers={"If-None-Match": served.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert console.app.test_client().get(address.replace(".png", "0.png")).status_code == 404
    owner.get("/console/rewards")
    [small] = re.findall(r'src="(/media/[^"]+)"', owner.html)  # in a list a small one of its own address
    answer = console.app.test_client().get(small)
    assert (small != address, answer.mimetype, answer.status_code) == (True, "image/jpeg", 200)
    assert answer.headers["ETag"] != served.headers["ETag"]

    owner.post(f"{page}/picture")
    assert address not in owner.html
    [undo] = re.findall(r'action="([^"]+/picture\?picture=[^"]+)"', owner.html)
    owner.post(undo)
    assert address in owner.html


def test_without_a_script_the_file_goes_with_the_form_and_holds_no_writer_up(
    owner: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = making.make

    def while_another_writes(content: bytes) -> making.Made:
        with database.transaction() as session:
            make_reward(session)
        return make(content)

    monkeypatch.setattr(making, "make", while_another_writes)
    owner.post("/console/rewards/new", **REWARD, picture_file=(io.BytesIO(file_of()), "a.png"))
    with database.read_only() as session:
        made = session.scalars(select(Reward).order_by(Reward.id)).all()[-1]
        assert made.picture_id == session.scalars(select(Picture)).one().id


@pytest.mark.parametrize("file", [b"", b"<svg/>", file_of()[:50]], ids=["empty", "SVG", "half"])
def test_what_is_no_picture_is_said_beside_the_field(owner: Browser, file: bytes) -> None:
    assert upload(owner, "/console/rewards/picture", file) == ""
    assert "Cần một ảnh JPG hoặc PNG" in owner.page
    assert owner.post("/console/rewards/new", **REWARD, picture_file=(io.BytesIO(file), "a.png")).status_code == 422


def test_a_campaign_is_looked_at_and_kept_with_its_picture(owner: Browser, database: Database) -> None:
    with database.transaction() as session:
        segment = make_segment(session).public_id
    written: dict[str, Any] = {"name": "Bánh mới", "segment": segment, "text": "Bánh mới ra lò", "do": "draft"}
    picture = upload(owner, "/console/campaigns/picture", file_of("red"))
    owner.post("/console/campaigns/look", **written, picture=picture)
    assert len(re.findall(r'<div class="phone-bubble"><img src="/media/', owner.html)) == 1
    owner.post("/console/campaigns/new", **written, picture=picture, image="https://example.com/a.png")
    assert 'phone-bubble"><img' in owner.html
    with database.read_only() as session:
        kept = session.scalars(select(CampaignContent)).one()
        assert (kept.picture_id is not None, kept.image_url) == (True, None)
