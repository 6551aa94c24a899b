"""Indexes by which it is told whether a file is still named, and when the next job falls due."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"

FILES = (
    ("backdrops", "file"),
    ("photos", "candidates_file"),
    ("photos", "mask_file"),
    ("photos", "parts_file"),
    ("photos", "result_file"),
    ("photos", "source_file"),
    ("photos", "thumbnail_file"),
)


def upgrade() -> None:
    """Go up."""
    for table, column in FILES:
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("ix_jobs_later", "jobs", ["state", "not_before"])


def downgrade() -> None:
    """Go down."""
    op.drop_index("ix_jobs_later", "jobs")
    for table, column in FILES:
        op.drop_index(f"ix_{table}_{column}", table)
