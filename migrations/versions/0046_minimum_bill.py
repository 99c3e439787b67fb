"""A reward says itself from which bill on it holds."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Whole

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

CHECK = "ck_reward_minimum_bill"
ASKED = "SELECT MAX(asked.minimum_bill) FROM campaign_offer AS asked WHERE asked.reward_id = reward.id"


def upgrade() -> None:
    with op.batch_alter_table("reward") as reward:
        reward.add_column(sa.Column("minimum_bill", Whole, server_default="0", nullable=False))
        reward.create_check_constraint(op.f(CHECK), "minimum_bill >= 0")
    op.execute(
        f"UPDATE reward SET minimum_bill = ({ASKED}) WHERE price = 0 AND id IN (SELECT reward_id FROM campaign_offer)"
    )
    with op.batch_alter_table("reward") as reward:
        reward.alter_column("minimum_bill", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("reward") as reward:
        reward.drop_constraint(op.f(CHECK), type_="check")
        reward.drop_column("minimum_bill")
