"""What sellers asked for in words, and a margin of a photo's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Go up."""
    op.add_column("photos", sa.Column("margin", sa.String(16)))
    op.create_table(
        "edits",
        sa.Column("id", Id, primary_key=True),
        sa.Column("seller_id", sa.BigInteger, nullable=False),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("photos", sa.JSON, nullable=False),
        sa.Column("album", Id),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("before", sa.JSON),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_edits_seller_id")),
    )
    op.create_index("ix_edits_seller_id", "edits", ["seller_id"])
    op.create_index("ix_edits_created_at", "edits", ["created_at"])


def downgrade() -> None:
    """Go down."""
    op.drop_table("edits")
    op.drop_column("photos", "margin")
