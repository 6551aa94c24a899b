"""Ask a model what a seller's words mean, and do it; in doubt they mean what the grammar reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import jobs, payloads
from bot.intents.asked import NEEDED
from bot.steps.ask_model import STARTS_AT_MOST, ask_model
from bot.words.answers import do_or_ask, target_of
from bot.words.replies import Spot
from storage import backdrops, edits, sellers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.intents import Understood
    from bot.services import StepServices
    from storage.backdrops import OwnBackdrop
    from storage.jobs import Job


async def read_words(services: StepServices, job: Job) -> None:
    """Read kept words with a model, and do at once all that came of it."""
    asked = payloads.ReadWords.of(job)
    async with services.database.read() as connection:
        kept = await edits.of_seller(connection, asked.edit, job.seller_id)
        owns = await backdrops.of_seller(connection, job.seller_id)
    if kept is None or not kept.words:
        return
    read = None
    if job.claim <= STARTS_AT_MOST:
        read = await _asked(services, job.seller_id, kept.words, owns)
    spot = Spot(asked.chat, asked.reply, asked.thread)
    async with services.database.write() as connection:
        seller = await sellers.get(connection, job.seller_id)
        kept = await edits.of_seller(connection, asked.edit, job.seller_id)
        if kept is None or not kept.words:  # done meanwhile
            return
        await edits.use_up(connection, kept.id)
        target = await target_of(connection, kept)
        if not target.photos:
            return
        read = read or services.grammar.read(kept.words, owns)
        answers = await do_or_ask(services, connection, seller, spot, target, read)
        for answer in answers:
            await services.jobs.submit(connection, jobs.answer(seller.id, spot, answer))


async def _asked(
    services: StepServices, seller_id: int, words: str, owns: Sequence[OwnBackdrop]
) -> Understood | None:
    """Ask; None where nothing certain comes of it."""
    turns, schema = services.codes.question(words, owns)
    answer = await ask_model(services, seller_id, services.questions, turns, schema, NEEDED)
    return None if answer is None else services.codes.understood(answer, words, owns)
