"""The backgrounds that were suggested for a photo by its product's colours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Go up."""
    op.add_column("photos", sa.Column("palette", sa.JSON))


def downgrade() -> None:
    """Go down."""
    op.drop_column("photos", "palette")
