"""How many results a seller has had, for tips; photos too small, and how far they are enlarged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Go up."""
    op.add_column("sellers", sa.Column("results", sa.Integer, nullable=False, server_default="0"))
    op.add_column("photos", sa.Column("small", sa.String(16)))
    op.add_column("photos", sa.Column("enlarged_to", sa.Integer))


def downgrade() -> None:
    """Go down."""
    op.drop_column("photos", "enlarged_to")
    op.drop_column("photos", "small")
    op.drop_column("sellers", "results")
