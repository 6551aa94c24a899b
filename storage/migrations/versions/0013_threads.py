"""The topic of a forum that a picture was sent to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

TABLES = ("photos", "backdrops")


def upgrade() -> None:
    """Go up."""
    for table in TABLES:
        op.add_column(table, sa.Column("thread_id", sa.BigInteger))


def downgrade() -> None:
    """Go down."""
    for table in TABLES:
        op.drop_column(table, "thread_id")
