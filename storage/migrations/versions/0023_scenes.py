"""Scenes that a picture provider draws of sellers' words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
FILES = ("first_file", "second_file", "third_file", "fourth_file", "sheet_file")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "scenes",
        sa.Column("id", Id, primary_key=True),
        sa.Column("seller_id", sa.BigInteger, nullable=False),
        sa.Column("edit_id", Id, nullable=False),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("thread_id", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("view", sa.String(8), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("cost_id", Id),
        sa.Column("usage_id", Id),
        *(sa.Column(name, sa.String(64)) for name in FILES[:4]),
        sa.Column("sizes", sa.JSON),
        sa.Column("sheet_file", sa.String(64)),
        sa.Column("taken", sa.JSON),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_scenes_seller_id")),
    )
    for name in ("seller_id", "key", *FILES, "created_at"):
        op.create_index(f"ix_scenes_{name}", "scenes", [name])
    op.add_column("backdrops", sa.Column("painted", sa.String(8)))


def downgrade() -> None:
    """Go down."""
    op.drop_column("backdrops", "painted")
    op.drop_table("scenes")
