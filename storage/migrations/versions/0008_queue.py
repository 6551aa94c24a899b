"""Indexes that keep a long queue as quick as a short one."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Go up."""
    op.create_index("ix_jobs_turn", "jobs", ["turn"])
    op.create_index("ix_jobs_backlog", "jobs", ["seller_id", "kind", "state"])
    op.create_index("ix_photos_state", "photos", ["state"])


def downgrade() -> None:
    """Go down."""
    op.drop_index("ix_photos_state", "photos")
    op.drop_index("ix_jobs_backlog", "jobs")
    op.drop_index("ix_jobs_turn", "jobs")
