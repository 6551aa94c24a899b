"""What was sent last of a photo's editor, so that it is not sent twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Go up."""
    op.add_column("editors", sa.Column("sent", sa.String(64)))


def downgrade() -> None:
    """Go down."""
    op.drop_column("editors", "sent")
