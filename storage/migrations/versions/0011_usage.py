"""Limits count under pseudonyms that outlive a seller's rows; erasures that all workers see."""

from __future__ import annotations

import hashlib
import secrets
import time

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
SELLERS = sa.table("sellers", sa.column("id", sa.BigInteger), sa.column("photos_a_day", sa.Integer))
SECRETS = sa.table("secrets", sa.column("name", sa.String), sa.column("value", sa.String))
QUOTAS = sa.table("quotas", sa.column("owner", sa.String), sa.column("photos_a_day", sa.Integer))
USAGE = sa.table(
    "usage",
    sa.column("owner", sa.String),
    sa.column("what", sa.String),
    sa.column("detail", sa.String),
    sa.column("created_at", sa.Float),
)
DAY = 86_400.0


def upgrade() -> None:
    """Go up: the day's photos and captions, and the operator's quotas, keep counting."""
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )
    op.create_table(
        "usage",
        sa.Column("id", Id, nullable=False),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("detail", sa.String(64), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_usage"),
    )
    op.create_index("ix_usage_counts", "usage", ["owner", "what", "created_at"])
    op.create_index("ix_usage_created_at", "usage", ["created_at"])
    op.create_table(
        "quotas",
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("photos_a_day", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_quotas"),
    )
    op.create_table(
        "erasures",
        sa.Column("id", Id, nullable=False),
        sa.Column("photos", sa.JSON, nullable=False),
        sa.Column("embeddings", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    with op.batch_alter_table("caption_costs") as costs:
        costs.add_column(sa.Column("owner", sa.String(32)))
        costs.create_index("ix_caption_costs_owner", ["owner"])
    with op.batch_alter_table("backdrops") as backdrops:
        backdrops.add_column(sa.Column("size", sa.Integer, nullable=False, server_default="0"))
    key = secrets.token_bytes(32)
    op.execute(sa.insert(SECRETS).values(name="pseudonyms", value=key.hex()))
    connection = op.get_bind()
    allowed = connection.execute(sa.select(SELLERS).where(SELLERS.c.photos_a_day.is_not(None)))
    for seller_id, quota in allowed.all():
        values = {"owner": _pseudonym(key, seller_id), "photos_a_day": quota}
        connection.execute(sa.insert(QUOTAS).values(**values))
    _count(key, "picture", "SELECT seller_id, created_at FROM photos WHERE created_at > :past")
    _count(
        key,
        "caption",
        "SELECT photos.seller_id, captions.created_at FROM captions"
        " JOIN photos ON photos.id = captions.photo_id"
        " WHERE captions.created_at > :past AND captions.text_key IS NULL",
    )
    with op.batch_alter_table("sellers") as sellers:
        sellers.drop_column("photos_a_day")


def downgrade() -> None:
    """Go down: the quotas of sellers who are still known go back to their rows."""
    with op.batch_alter_table("sellers") as sellers:
        sellers.add_column(sa.Column("photos_a_day", sa.Integer))
    connection = op.get_bind()
    pseudonyms = sa.select(SECRETS.c.value).where(SECRETS.c.name == "pseudonyms")
    key = bytes.fromhex(connection.execute(pseudonyms).scalar_one())
    quotas: dict[str, int] = {
        row.owner: row.photos_a_day for row in connection.execute(sa.select(QUOTAS))
    }
    for seller_id in connection.scalars(sa.select(SELLERS.c.id)).all() if quotas else ():
        quota = quotas.get(_pseudonym(key, seller_id))
        if quota is not None:
            mine = sa.update(SELLERS).where(SELLERS.c.id == seller_id)
            connection.execute(mine.values(photos_a_day=quota))
    with op.batch_alter_table("backdrops") as backdrops:
        backdrops.drop_column("size")
    with op.batch_alter_table("caption_costs") as costs:
        costs.drop_index("ix_caption_costs_owner")
        costs.drop_column("owner")
    for table in ("erasures", "quotas", "usage", "secrets"):
        op.drop_table(table)


def _count(key: bytes, what: str, query: str) -> None:
    """Count what was used in the day before the upgrade."""
    connection = op.get_bind()
    for seller_id, moment in connection.execute(sa.text(query), {"past": time.time() - DAY}).all():
        values = {"owner": _pseudonym(key, seller_id), "what": what, "detail": ""}
        connection.execute(sa.insert(USAGE).values(**values, created_at=moment))


def _pseudonym(key: bytes, seller_id: int) -> str:
    return hashlib.blake2b(str(seller_id).encode(), key=key, digest_size=16).hexdigest()
