"""What the conversation about photos remembers: albums, views, looks, awaited answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "albums",
        sa.Column("id", Id, nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("captions", sa.String(length=8), nullable=False),
        sa.Column("wanted_backdrop", sa.String(length=64), nullable=True),
        sa.Column("panel_id", sa.BigInteger(), nullable=True),
        sa.Column("shown", sa.String(length=255), nullable=True),
        sa.Column("touched_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_albums_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_albums")),
    )
    op.create_index("ix_albums_group", "albums", ["seller_id", "group_id"], unique=True)
    op.create_table(
        "awaited",
        sa.Column("seller_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_awaited_seller_id")),
        sa.PrimaryKeyConstraint("seller_id", name=op.f("pk_awaited")),
    )
    with op.batch_alter_table("sellers", schema=None) as batch_op:
        batch_op.drop_column("awaiting_backdrop_for")
    with op.batch_alter_table("backdrops", schema=None) as batch_op:
        batch_op.add_column(sa.Column("title", sa.String(length=64), nullable=True))
    with op.batch_alter_table("photos", schema=None) as batch_op:
        batch_op.add_column(sa.Column("album_id", Id, nullable=True))
        batch_op.add_column(sa.Column("album_message_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(
            sa.Column("view", sa.String(length=16), nullable=False, server_default="offer")
        )
        batch_op.add_column(sa.Column("shown", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("format", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("shadow", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("candidates_file", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("parts_file", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("parts", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("caption_wish", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("numbers", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("drawn", sa.String(length=255), nullable=True))
        batch_op.drop_column("result_backdrop")
        batch_op.drop_column("shown_backdrop")
        batch_op.alter_column("result_message_id", new_column_name="panel_id")
        batch_op.create_foreign_key(
            batch_op.f("fk_photos_album_id"), "albums", ["album_id"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_photos_album_id"), ["album_id"], unique=False)
    op.execute("UPDATE photos SET view = 'result' WHERE panel_id IS NOT NULL")
    op.execute("UPDATE photos SET panel_id = offer_message_id WHERE panel_id IS NULL")
    with op.batch_alter_table("photos", schema=None) as batch_op:
        batch_op.drop_column("offer_message_id")


def downgrade() -> None:
    """Go down. Albums, and what was wished of single photos, are forgotten."""
    with op.batch_alter_table("photos", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_photos_album_id"))
        batch_op.drop_constraint(batch_op.f("fk_photos_album_id"), type_="foreignkey")
        batch_op.alter_column("panel_id", new_column_name="result_message_id")
        batch_op.add_column(sa.Column("offer_message_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("shown_backdrop", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("result_backdrop", sa.String(length=64), nullable=True))
        for column in (
            "drawn",
            "numbers",
            "caption_wish",
            "parts",
            "parts_file",
            "candidates_file",
            "shadow",
            "format",
            "shown",
            "view",
            "album_message_id",
            "album_id",
        ):
            batch_op.drop_column(column)
    with op.batch_alter_table("backdrops", schema=None) as batch_op:
        batch_op.drop_column("title")
    with op.batch_alter_table("sellers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("awaiting_backdrop_for", sa.Integer(), nullable=True))
    op.drop_table("awaited")
    op.drop_index("ix_albums_group", table_name="albums")
    op.drop_table("albums")
