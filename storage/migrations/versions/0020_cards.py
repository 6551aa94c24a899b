"""Product cards, and how each seller's look."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "cards",
        sa.Column("id", Id, primary_key=True),
        sa.Column("photo_id", Id, nullable=False),
        sa.Column("template", sa.String(32)),
        sa.Column("format", sa.String(32)),
        sa.Column("claims", sa.JSON),
        sa.Column("is_edited", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("title", sa.String(128)),
        sa.Column("panel_id", sa.BigInteger),
        sa.Column("shown", sa.String(64)),
        sa.Column("page", sa.String(16), nullable=False, server_default="main"),
        sa.ForeignKeyConstraint(["photo_id"], ["photos.id"], name=op.f("fk_cards_photo_id")),
        sa.UniqueConstraint("photo_id", name=op.f("uq_cards_photo_id")),
    )
    op.create_table(
        "brands",
        sa.Column("id", Id, primary_key=True),
        sa.Column("seller_id", sa.BigInteger, nullable=False),
        sa.Column("primary_colour", sa.String(8)),
        sa.Column("secondary_colour", sa.String(8)),
        sa.Column("fonts", sa.String(32)),
        sa.Column("corners", sa.String(16)),
        sa.Column("price_tag", sa.String(32)),
        sa.Column("watermark", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("logo_file", sa.String(64)),
        sa.Column("panel_id", sa.BigInteger),
        sa.Column("page", sa.String(16), nullable=False, server_default="main"),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_brands_seller_id")),
        sa.UniqueConstraint("seller_id", name=op.f("uq_brands_seller_id")),
    )
    op.create_index("ix_brands_logo_file", "brands", ["logo_file"])


def downgrade() -> None:
    """Go down."""
    op.drop_table("brands")
    op.drop_table("cards")
