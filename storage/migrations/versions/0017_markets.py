"""Several markets a seller sells on, what they had before, and the rules that a picture breaks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Go up."""
    op.add_column("sellers", sa.Column("markets", sa.JSON))
    op.add_column("sellers", sa.Column("before_market", sa.JSON))
    op.add_column("photos", sa.Column("broken", sa.JSON))
    op.add_column("photos", sa.Column("listing_id", sa.BigInteger))
    op.add_column("photos", sa.Column("listing_market", sa.String(32)))
    op.add_column(
        "captions", sa.Column("beside", sa.Boolean, nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Go down."""
    op.drop_column("captions", "beside")
    for column in ("listing_market", "listing_id", "broken"):
        op.drop_column("photos", column)
    for column in ("before_market", "markets"):
        op.drop_column("sellers", column)
