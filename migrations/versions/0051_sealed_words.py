"""Tags and told interests no longer stand in clear in the timeline: what was written there before is taken out.

New rows hold them sealed under the person's key, which a migration has not: `loyalty migrate` seals the older ones
just before (`loyalty.installation.clear_words`). Lost are the words of who was erased, of databases that came here
without that, and of backups made before, when they are restored. Entries of the audit keep theirs, as their chain
cannot be rewritten. Going down brings nothing back.
"""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

KINDS = "('tagged', 'untagged', 'interest_told', 'interest_refused')"


def upgrade() -> None:
    op.execute(f"UPDATE activity SET data = '{{}}' WHERE kind IN {KINDS}")


def downgrade() -> None:
    pass
