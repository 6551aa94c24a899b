"""Bans that operators set while the bot runs, and why updates broke."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "bans",
        sa.Column("owner", sa.String(32), primary_key=True),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_table(
        "failures",
        sa.Column("id", sa.String(24), primary_key=True),
        sa.Column("seller_id", sa.BigInteger, index=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("failures")
    op.drop_table("bans")
