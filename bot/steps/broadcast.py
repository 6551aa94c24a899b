"""Send an operator's text to everyone who takes such, a few sellers a job."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot import jobs, payloads
from bot.keyboards.callbacks import Mute
from storage import broadcasts, sellers

if TYPE_CHECKING:
    from bot.services import Services
    from storage.jobs import Job

AT_ONCE = 100
PAUSE_SECONDS = 0.05
"""Between two messages: Telegram takes about 30 a second of a bot, and answers go first."""


async def broadcast(services: Services, job: Job) -> None:
    """Submit a notice for each of the next sellers, and the job for those after them."""
    asked = payloads.Broadcast.of(job)
    async with services.database.write() as connection:
        sent = await broadcasts.get(connection, asked.broadcast)
        if sent is None or sent.reached != asked.reached:
            return  # an earlier run of this job has come this far
        found = await broadcasts.next_sellers(connection, sent, AT_ONCE)
        for seller_id in found:
            await services.jobs.submit(connection, jobs.notice(seller_id, sent.id))
        if found:
            following = jobs.broadcast(sent.operator_id, sent.id, reached=found[-1])
        else:
            following = jobs.tell_text(
                sent.operator_id, sent.operator_id, "broadcast-done", count=sent.count
            )
        await services.jobs.submit(connection, following)


async def notice(services: Services, job: Job) -> None:
    """Send the text to one seller, with the button that declines such."""
    async with services.database.read() as connection:
        seller = await sellers.get(connection, job.seller_id)
        sent = await broadcasts.get(connection, payloads.OfBroadcast.of(job).broadcast)
    if seller.muted or sent is None:
        return
    label = services.texts(seller.language, "button-mute")
    button = InlineKeyboardButton(text=label, callback_data=Mute().pack())
    text = services.texts(seller.language, "broadcast", text=sent.text)
    await services.bot.send_message(
        seller.id, text, reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]])
    )
    await asyncio.sleep(PAUSE_SECONDS)
