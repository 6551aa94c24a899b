"""Telegram's own id of a picture goes: nothing read it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Go up."""
    op.drop_column("photos", "result_file_id")


def downgrade() -> None:
    """Go down."""
    op.add_column("photos", sa.Column("result_file_id", sa.String(256)))
