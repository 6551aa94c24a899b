"""What captions cost; what a caption was asked for, so that it need not be asked for twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "caption_costs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "caption_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("model", sa.String(length=128), nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_cached", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("microdollars", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caption_costs")),
    )
    op.create_index(op.f("ix_caption_costs_created_at"), "caption_costs", ["created_at"])
    with op.batch_alter_table("captions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("market", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("key", sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_captions_key"), ["key"], unique=False)


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("captions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_captions_key"))
        batch_op.drop_column("key")
        batch_op.drop_column("market")
    op.drop_index(op.f("ix_caption_costs_created_at"), table_name="caption_costs")
    op.drop_table("caption_costs")
