"""The demo shop has read its platforms' templates and chosen one, so that their page is not empty."""

from sqlalchemy import select

from loyalty.db import Database
from loyalty.demo import approved
from loyalty.messaging import templates
from loyalty.messaging.models import MessageTemplate, TemplateUse
from loyalty.staff.audit import Author
from tests.builders import NOON
from tests.loyalty.demo.conftest import Fill


def test_the_demo_has_templates_of_both_platforms_and_one_in_use(fill: Fill, database: Database) -> None:
    fill()

    with database.read_only() as session:
        names = set(session.scalars(select(MessageTemplate.name)))
        [use] = session.scalars(select(TemplateUse)).all()
        [chosen] = templates.choices(session, "awarded").values()
    assert names == {each.name for told in approved.BY_CHANNEL.values() for each in told}
    assert use.mapping == approved.PLACES
    assert (chosen.name, chosen.fault) == ("250001", None)


def test_what_somebody_chose_instead_stays(fill: Fill, database: Database) -> None:
    fill()
    with database.transaction() as session:
        [use] = session.scalars(select(TemplateUse)).all()
        template = session.get_one(MessageTemplate, use.template_id)
        templates.release(session, "awarded", template.public_id, by=Author("staff:x", "test"), now=NOON)

    fill()

    with database.read_only() as session:
        assert session.scalars(select(TemplateUse)).all() == []
