"""At how many deaths of its process a job was there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("deaths", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("deaths")
