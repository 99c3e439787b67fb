"""Bills that are gone, found without walking those that stand."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

GONE = sa.text("state <> 'recorded'")


def upgrade() -> None:
    op.create_index("ix_purchase_gone", "purchase", ["id"], unique=False, postgresql_where=GONE, sqlite_where=GONE)


def downgrade() -> None:
    op.drop_index("ix_purchase_gone", table_name="purchase")
