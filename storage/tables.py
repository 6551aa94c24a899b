"""The tables. ``migrations/`` builds them; a test holds the two against each other."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Ten jobs a photo outgrow 32 bits; SQLite numbers only what is called INTEGER.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")

sellers = sa.Table(
    "sellers",
    metadata,
    # Telegram's user id.
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("tone", sa.String(16), nullable=False),
    # A backdrop reference, `preset:NAME` or `own:ID`; null asks for every photo.
    sa.Column("default_backdrop", sa.String(64)),
    # Names of the picture's style, as pipeline/compose lists them.
    sa.Column("format", sa.String(32), nullable=False, server_default="centred"),
    sa.Column("shadow", sa.String(16), nullable=False, server_default="usual"),
    sa.Column("margin", sa.String(16), nullable=False, server_default="usual"),
    # Captions: null is the chat's language, and no marketplace's rules.
    sa.Column("caption_length", sa.String(16), nullable=False, server_default="medium"),
    sa.Column("caption_language", sa.String(8)),
    sa.Column("market", sa.String(32)),
    # All markets that a pack is made for, the one above first; and what the seller had set before
    # that one set it: null where there is none.
    sa.Column("markets", sa.JSON),
    sa.Column("before_market", sa.JSON),
    sa.Column("emoji", sa.Boolean, nullable=False, server_default=sa.true()),
    # `one` for an album's set, or `each`.
    sa.Column("album_captions", sa.String(8), nullable=False, server_default="one"),
    # Whether the default backdrop is used without a tap.
    sa.Column("automatic", sa.Boolean, nullable=False, server_default=sa.true()),
    # Whether photos and words may go to the services of the captions.
    sa.Column("outside", sa.Boolean, nullable=False, server_default=sa.true()),
    # Whether the operator's broadcasts are declined.
    sa.Column("muted", sa.Boolean, nullable=False, server_default=sa.false()),
    # How many results were shown, for the tips that follow some.
    sa.Column("results", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_at", sa.Float, nullable=False),
)

awaited = sa.Table(
    "awaited",
    metadata,
    # What the seller's next message is taken for until a time, and what that is about: an
    # `AwaitedKind` and its target (storage/awaited.py).
    sa.Column("seller_id", sa.ForeignKey("sellers.id"), primary_key=True, autoincrement=False),
    sa.Column("what", sa.String(16), nullable=False),
    sa.Column("target", sa.BigInteger, nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)

updates = sa.Table(
    "updates",
    metadata,
    # Telegram may deliver an update twice; the second insert fails and is harmless.
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("seen_at", sa.Float, nullable=False),
)

albums = sa.Table(
    "albums",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("seller_id", sa.ForeignKey("sellers.id"), nullable=False),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    # Telegram's `media_group_id`.
    sa.Column("group_id", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    # `one` for the set, or `each`.
    sa.Column("captions", sa.String(8), nullable=False),
    sa.Column("wanted_backdrop", sa.String(64)),
    # The message with the album's buttons, and what it shows.
    sa.Column("panel_id", sa.BigInteger),
    sa.Column("shown", sa.String(255)),
    # The message that tells what went wrong, and the sentence that it says.
    sa.Column("failure_id", sa.BigInteger),
    sa.Column("failure_key", sa.String(64)),
    # When the newest photo came.
    sa.Column("touched_at", sa.Float, nullable=False),
    sa.Index("ix_albums_group", "seller_id", "group_id", unique=True),
)

photos = sa.Table(
    "photos",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("seller_id", sa.ForeignKey("sellers.id"), nullable=False, index=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    # The topic of a forum, null elsewhere.
    sa.Column("thread_id", sa.BigInteger),
    sa.Column("message_id", sa.BigInteger, nullable=False),
    sa.Column("file_id", sa.String(256), nullable=False),
    # The seller's own words, sent with the photo.
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("source_file", sa.String(64), index=True),
    # The chosen cut-out; all that were weighed, best first; the parts that SAM sees.
    sa.Column("mask_file", sa.String(64), index=True),
    sa.Column("candidates_file", sa.String(64), index=True),
    sa.Column("parts_file", sa.String(64), index=True),
    # The numbers of the parts that were tapped, oldest first, while the cut-out is being fixed.
    sa.Column("parts", sa.JSON),
    # The small picture that the caption is written from.
    sa.Column("thumbnail_file", sa.String(64), index=True),
    sa.Column("confidence", sa.Float),
    # Whether another thing may be the product, and the seller has not said yet.
    sa.Column("is_doubtful", sa.Boolean),
    # Width and height in pixels where they are too few for the picture drawn; the shorter side
    # that the photo was enlarged to.
    sa.Column("small", sa.String(16)),
    sa.Column("enlarged_to", sa.Integer),
    # What the seller asked for last; null is as the seller prefers.
    sa.Column("wanted_backdrop", sa.String(64)),
    sa.Column("format", sa.String(32)),
    sa.Column("shadow", sa.String(16)),
    sa.Column("margin", sa.String(16)),
    # Where the editor put the product (editor/reading.py); null is where the frame has it.
    sa.Column("placement", sa.JSON(none_as_null=True)),
    sa.Column("caption_wish", sa.JSON),
    # What its message is to show: a `View` (storage/render_key.py).
    sa.Column("view", sa.String(16), nullable=False, server_default="offer"),
    # The page of buttons under a result: a caption that arrives leaves it as it is.
    sa.Column("page", sa.String(16), nullable=False, server_default="main"),
    # The newest picture for that message, what it shows (storage/render_key.py), and whether what
    # it numbers is in.
    sa.Column("result_file", sa.String(64), index=True),
    sa.Column("drawn", sa.String(255)),
    sa.Column("numbers", sa.JSON),
    # The backgrounds that its product's colours suggest, by their references, once it was asked.
    sa.Column("palette", sa.JSON(none_as_null=True)),
    # Which rules of its market that picture breaks (bot/markets/rules.py).
    sa.Column("broken", sa.JSON),
    # The message, and what stands there.
    sa.Column("panel_id", sa.BigInteger),
    sa.Column("shown", sa.String(255)),
    sa.Column("shown_caption_id", Id),
    # The message with a listing's parts for copying, and whose market's they are.
    sa.Column("listing_id", sa.BigInteger),
    sa.Column("listing_market", sa.String(32)),
    sa.Column("album_id", sa.ForeignKey("albums.id"), index=True),
    sa.Column("album_message_id", sa.BigInteger),
    # The message that tells what went wrong, and the sentence that it says.
    sa.Column("failure_id", sa.BigInteger),
    sa.Column("failure_key", sa.String(64)),
    sa.Column("created_at", sa.Float, nullable=False),
)

# What sellers asked for in words: what was before, so that a tap brings it back, or words that are
# still to be placed.
edits = sa.Table(
    "edits",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("seller_id", sa.ForeignKey("sellers.id"), nullable=False, index=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    # The ids of the photos that were meant, and the album if it was meant as a whole.
    sa.Column("photos", sa.JSON, nullable=False),
    sa.Column("album", Id),
    sa.Column("words", sa.Text, nullable=False),
    # Null where nothing was changed, or all is as it was again.
    sa.Column("before", sa.JSON(none_as_null=True)),
    sa.Column("created_at", sa.Float, nullable=False, index=True),
)

# What is done to a photo in its editor and not sent yet: it comes back when the page is opened.
editors = sa.Table(
    "editors",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("photo_id", sa.ForeignKey("photos.id"), nullable=False),
    # As the page sends it (editor/reading.py).
    sa.Column("state", sa.JSON(none_as_null=True)),
    # The photo's mask, by the name of its file, that the state goes on from.
    sa.Column("mask", sa.String(64)),
    # The newest mask that was painted.
    sa.Column("painted_file", sa.String(64), index=True),
    # What the page called the newest thing that it sent.
    sa.Column("sent", sa.String(64)),
    sa.Column("updated_at", sa.Float, nullable=False, index=True),
    sa.Index("ix_editors_photo_id", "photo_id", unique=True),
)

# The card of a photo: what its message shows, and what the seller has changed of its words.
cards = sa.Table(
    "cards",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("photo_id", sa.ForeignKey("photos.id"), nullable=False, unique=True),
    # Null as long as none was chosen: the message then offers them as thumbnails.
    sa.Column("template", sa.String(32)),
    # Null is as the photo's market has it.
    sa.Column("format", sa.String(32)),
    # `[{"text", "source"}]`; null until the first card is drawn, and from then on drawn anew from
    # what is known of the product unless the seller has edited them.
    sa.Column("claims", sa.JSON(none_as_null=True)),
    sa.Column("is_edited", sa.Boolean, nullable=False, server_default=sa.false()),
    # The seller's own title, in place of the listing's.
    sa.Column("title", sa.String(128)),
    # The message, what stands there, and the page of its buttons.
    sa.Column("panel_id", sa.BigInteger),
    sa.Column("shown", sa.String(64)),
    sa.Column("page", sa.String(16), nullable=False, server_default="main"),
)

# How a seller's cards look; null is as ours do.
brands = sa.Table(
    "brands",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("seller_id", sa.ForeignKey("sellers.id"), nullable=False, unique=True),
    # Two colours, `#rrggbb`; names of pipeline/cards.
    sa.Column("primary_colour", sa.String(8)),
    sa.Column("secondary_colour", sa.String(8)),
    sa.Column("fonts", sa.String(32)),
    sa.Column("corners", sa.String(16)),
    sa.Column("price_tag", sa.String(32)),
    sa.Column("watermark", sa.Boolean, nullable=False, server_default=sa.false()),
    # A PNG without its background.
    sa.Column("logo_file", sa.String(64), index=True),
    # The message of /brand, and the page of its buttons.
    sa.Column("panel_id", sa.BigInteger),
    sa.Column("page", sa.String(16), nullable=False, server_default="main"),
)

captions = sa.Table(
    "captions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("photo_id", sa.ForeignKey("photos.id"), nullable=False, index=True),
    # Empty where no caption could be had; `text_key` then names the sentence that tells why.
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("text_key", sa.String(64)),
    sa.Column("listing", sa.JSON, nullable=False),
    sa.Column("tone", sa.String(16), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    # The market whose rules it keeps; null for a line in a caption's place.
    sa.Column("market", sa.String(32)),
    # Whether it was written for another market than the photo's: it never stands under the result.
    sa.Column("beside", sa.Boolean, nullable=False, server_default=sa.false()),
    # A digest of all that was asked: the same again costs nothing.
    sa.Column("key", sa.String(64), index=True),
    sa.Column("created_at", sa.Float, nullable=False),
)

# One row per model asked: it stays when the caption goes, so that a day's sum stays true.
caption_costs = sa.Table(
    "caption_costs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    # 0 once the seller is forgotten; their pseudonym is then the owner until the day is over.
    sa.Column("seller_id", sa.BigInteger, nullable=False),
    sa.Column("owner", sa.String(32), index=True),
    # Null where nothing came of it.
    sa.Column("caption_id", Id),
    sa.Column("model", sa.String(128), nullable=False),
    sa.Column("tokens_in", sa.Integer, nullable=False),
    sa.Column("tokens_cached", sa.Integer, nullable=False),
    sa.Column("tokens_out", sa.Integer, nullable=False),
    # Null where the model's price is not known.
    sa.Column("microdollars", sa.BigInteger),
    sa.Column("created_at", sa.Float, nullable=False, index=True),
)

backdrops = sa.Table(
    "backdrops",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("seller_id", sa.ForeignKey("sellers.id"), nullable=False, index=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    # The topic of a forum, null elsewhere.
    sa.Column("thread_id", sa.BigInteger),
    sa.Column("message_id", sa.BigInteger, nullable=False),
    sa.Column("file_id", sa.String(256), nullable=False),
    # What the seller calls it.
    sa.Column("title", sa.String(64)),
    # Null until the picture was fetched and found usable.
    sa.Column("file", sa.String(64), index=True),
    # Bytes of that file.
    sa.Column("size", sa.Integer, nullable=False, server_default="0"),
    # From where a scene that a model has drawn is seen, `front` or `above`; null is a picture of
    # the seller's.
    sa.Column("painted", sa.String(8)),
    # The code of its purpose, see storage/backdrops.py: a photo's id, 0 for the default, -1.
    sa.Column("for_photo_id", Id, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)

# Scenes that were drawn of a seller's words, until their variants expire.
scenes = sa.Table(
    "scenes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("seller_id", sa.ForeignKey("sellers.id"), nullable=False, index=True),
    # The words' edit, which knows the photos that are meant.
    sa.Column("edit_id", Id, nullable=False),
    # Where the words stand: it is answered there.
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("thread_id", sa.BigInteger),
    sa.Column("message_id", sa.BigInteger, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    # From where it is seen: `front` or `above`.
    sa.Column("view", sa.String(8), nullable=False),
    # A digest of the prompt, the model and the size: the same again costs nothing.
    sa.Column("key", sa.String(64), nullable=False, index=True),
    # `asked`, `painting` while it may be billed, `drawing`, `painted`, `shown` or `failed`.
    sa.Column("state", sa.String(16), nullable=False),
    # The entries that count it among the costs and against the day's limit.
    sa.Column("cost_id", Id),
    sa.Column("usage_id", Id),
    # The variants, and the bytes of each; the picture that shows them all by number.
    sa.Column("first_file", sa.String(64), index=True),
    sa.Column("second_file", sa.String(64), index=True),
    sa.Column("third_file", sa.String(64), index=True),
    sa.Column("fourth_file", sa.String(64), index=True),
    sa.Column("sizes", sa.JSON(none_as_null=True)),
    sa.Column("sheet_file", sa.String(64), index=True),
    # The own background that a variant has become, by the variant's number.
    sa.Column("taken", sa.JSON(none_as_null=True)),
    sa.Column("created_at", sa.Float, nullable=False, index=True),
)

secrets = sa.Table(
    "secrets",
    metadata,
    # Drawn by the migration that makes the table; they leave the database in its backups only.
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("value", sa.String(64), nullable=False),
)

# What counts against the limits of a day, one row each. The owner is a seller's pseudonym, a keyed
# hash (storage/usage.py), so that forgetting the seller does not give the day back.
usage = sa.Table(
    "usage",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("owner", sa.String(32), nullable=False),
    # `picture`, `caption`, `scene`, `export`, or `refused-album` with the album's `media_group_id`.
    sa.Column("what", sa.String(16), nullable=False),
    sa.Column("detail", sa.String(64), nullable=False),
    sa.Column("created_at", sa.Float, nullable=False, index=True),
    sa.Index("ix_usage_counts", "owner", "what", "created_at"),
)

# The operator's exceptions from the configured limit, by the seller's pseudonym.
quotas = sa.Table(
    "quotas",
    metadata,
    sa.Column("owner", sa.String(32), primary_key=True),
    sa.Column("photos_a_day", sa.Integer, nullable=False),
)

# What was forgotten: every worker drops what it keeps of these photos in memory and in its folder.
erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("id", Id, primary_key=True),
    # Ids of photos that are no longer there, and the keys of their embeddings.
    sa.Column("photos", sa.JSON, nullable=False),
    sa.Column("embeddings", sa.JSON, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)

bans = sa.Table(
    "bans",
    metadata,
    # The user's pseudonym: a wish to be forgotten does not lift a ban.
    sa.Column("owner", sa.String(32), primary_key=True),
    sa.Column("created_at", sa.Float, nullable=False),
)

failures = sa.Table(
    "failures",
    metadata,
    # Updates that broke their handler, by the id that the seller was told.
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("seller_id", sa.BigInteger, index=True),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)

broadcasts = sa.Table(
    "broadcasts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("operator_id", sa.BigInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    # The highest seller it is on its way to; null while it is a draft.
    sa.Column("reached", sa.BigInteger),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("seller_id", sa.BigInteger, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    # The serial key: jobs of the same one run one after another; null runs beside all others.
    sa.Column("turn", sa.String(64), index=True),
    # How many jobs of the same kind the seller already had open: smaller goes first.
    sa.Column("backlog", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    # Counts every start: only the newest may write down how the job ended.
    sa.Column("claims", sa.Integer, nullable=False, server_default="0"),
    # How often its process died while it ran: from 1 on it may be poison.
    sa.Column("deaths", sa.Integer, nullable=False, server_default="0"),
    sa.Column("not_before", sa.Float, nullable=False),
    sa.Column("last_error", sa.Text),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("finished_at", sa.Float),
    sa.Index("ix_jobs_due", "state", "kind", "backlog", "id"),
    sa.Index("ix_jobs_backlog", "seller_id", "kind", "state"),
    sa.Index("ix_jobs_later", "state", "not_before"),
)
