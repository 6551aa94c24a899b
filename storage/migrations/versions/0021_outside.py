"""Whether a seller lets photos and words go to the services of the captions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "sellers", sa.Column("outside", sa.Boolean, nullable=False, server_default=sa.true())
    )


def downgrade() -> None:
    """Go down."""
    op.drop_column("sellers", "outside")
