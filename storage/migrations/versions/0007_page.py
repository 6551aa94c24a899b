"""Which page of buttons stands under a photo's result."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("photos") as photos:
        photos.add_column(
            sa.Column("page", sa.String(length=16), nullable=False, server_default="main")
        )


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("photos") as photos:
        photos.drop_column("page")
