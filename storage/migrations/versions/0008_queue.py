"""Indexes that keep a long queue as quick as a short one, and tell whether a file is named."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

INDEXES = {
    "ix_jobs_turn": ("jobs", ["turn"]),
    "ix_jobs_backlog": ("jobs", ["seller_id", "kind", "state"]),
    "ix_jobs_later": ("jobs", ["state", "not_before"]),
    "ix_photos_state": ("photos", ["state"]),
    "ix_backdrops_file": ("backdrops", ["file"]),
    "ix_photos_candidates_file": ("photos", ["candidates_file"]),
    "ix_photos_mask_file": ("photos", ["mask_file"]),
    "ix_photos_parts_file": ("photos", ["parts_file"]),
    "ix_photos_result_file": ("photos", ["result_file"]),
    "ix_photos_source_file": ("photos", ["source_file"]),
    "ix_photos_thumbnail_file": ("photos", ["thumbnail_file"]),
}


def upgrade() -> None:
    """Go up."""
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Go down."""
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)
