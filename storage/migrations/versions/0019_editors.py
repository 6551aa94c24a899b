"""What is done to a photo in its editor, and where the product was put."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Go up."""
    op.add_column("photos", sa.Column("placement", sa.JSON))
    op.create_table(
        "editors",
        sa.Column("id", Id, primary_key=True),
        sa.Column("photo_id", Id, nullable=False),
        sa.Column("state", sa.JSON),
        sa.Column("mask", sa.String(64)),
        sa.Column("painted_file", sa.String(64)),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photos.id"], name=op.f("fk_editors_photo_id")),
    )
    op.create_index("ix_editors_photo_id", "editors", ["photo_id"], unique=True)
    op.create_index("ix_editors_painted_file", "editors", ["painted_file"])
    op.create_index("ix_editors_updated_at", "editors", ["updated_at"])


def downgrade() -> None:
    """Go down."""
    op.drop_table("editors")
    op.drop_column("photos", "placement")
