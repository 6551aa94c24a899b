"""Jobs take turns and are fenced; a photo keeps its thumbnail and its result in files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("turn", sa.String(length=64), nullable=True))
        jobs.add_column(sa.Column("claims", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("photos") as photos:
        photos.add_column(sa.Column("thumbnail_file", sa.String(length=64), nullable=True))
        photos.add_column(sa.Column("result_file", sa.String(length=64), nullable=True))
        photos.add_column(sa.Column("result_backdrop", sa.String(length=64), nullable=True))
        photos.add_column(sa.Column("result_file_id", sa.String(length=256), nullable=True))
    # Fetching a picture became a step of its own; what was waiting starts with it.
    op.execute("UPDATE jobs SET kind = 'fetch' WHERE kind = 'cut-out'")
    op.execute("UPDATE jobs SET kind = 'fetch-backdrop' WHERE kind = 'keep-backdrop'")
    op.execute("UPDATE jobs SET not_before = 0 WHERE state = 'queued'")


def downgrade() -> None:
    """Go down."""
    op.execute("UPDATE jobs SET kind = 'cut-out' WHERE kind = 'fetch'")
    op.execute("UPDATE jobs SET kind = 'keep-backdrop' WHERE kind = 'fetch-backdrop'")
    op.execute("UPDATE jobs SET kind = 'render' WHERE kind = 'show'")
    with op.batch_alter_table("photos") as photos:
        photos.drop_column("result_file_id")
        photos.drop_column("result_backdrop")
        photos.drop_column("result_file")
        photos.drop_column("thumbnail_file")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("claims")
        jobs.drop_column("turn")
