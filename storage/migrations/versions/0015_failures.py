"""What went wrong is told in one message; which cut-outs are doubtful."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Go up."""
    for table in ("photos", "albums"):
        op.add_column(table, sa.Column("failure_id", sa.BigInteger))
        op.add_column(table, sa.Column("failure_key", sa.String(64)))
    op.add_column("photos", sa.Column("is_doubtful", sa.Boolean))


def downgrade() -> None:
    """Go down."""
    op.drop_column("photos", "is_doubtful")
    for table in ("albums", "photos"):
        op.drop_column(table, "failure_key")
        op.drop_column(table, "failure_id")
