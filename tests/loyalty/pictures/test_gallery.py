"""Pictures are kept once, as long as something shows them."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.pictures import gallery, making, verify
from loyalty.pictures.models import Picture
from loyalty.rewards import catalogue
from tests.builders import NOON
from tests.builders_pictures import file_of, make_picture
from tests.builders_rewards import make_reward


def test_the_same_picture_is_kept_once_and_another_upload_keeps_it_for_longer(session: Session) -> None:
    first, later = make_picture(session), NOON + timedelta(days=20)
    again = gallery.keep(session, making.make(file_of()), now=later)
    assert (again.id, again.kept_at) == (first.id, later)
    make_picture(session, "red")
    assert session.scalar(sa.select(sa.func.count()).select_from(Picture)) == 2


def test_what_nothing_shows_any_more_goes_after_thirty_days(session: Session) -> None:
    shown, unused = make_picture(session), make_picture(session, "red")
    catalogue.picture(session, make_reward(session), shown)

    def gone(days: int) -> list[int]:
        return list(session.scalars(sa.select(Picture.id).where(gallery.is_unused(NOON + timedelta(days=days)))))

    assert (gone(29), gone(31)) == ([], [unused.id])


def test_verify_names_a_picture_whose_bytes_are_others(session: Session) -> None:
    picture = make_picture(session)
    session.flush()
    assert list(verify.problems(session)) == []
    session.execute(sa.update(Picture).where(Picture.id == picture.id).values(content=file_of("red")))
    session.expire_all()
    assert [picture.public_id in line for line in verify.problems(session)] == [True]
