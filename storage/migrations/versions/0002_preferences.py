"""What a seller prefers beyond language, tone and background; opt-out and quota."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("sellers", schema=None) as batch_op:
        for column in _columns():
            batch_op.add_column(column)


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("sellers", schema=None) as batch_op:
        for column in _columns():
            batch_op.drop_column(column.name)


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("format", sa.String(32), nullable=False, server_default="centred"),
        sa.Column("shadow", sa.String(16), nullable=False, server_default="usual"),
        sa.Column("margin", sa.String(16), nullable=False, server_default="usual"),
        sa.Column("caption_length", sa.String(16), nullable=False, server_default="medium"),
        sa.Column("caption_language", sa.String(8)),
        sa.Column("market", sa.String(32)),
        sa.Column("emoji", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("album_captions", sa.String(8), nullable=False, server_default="one"),
        sa.Column("automatic", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("muted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("photos_a_day", sa.Integer),
    )
