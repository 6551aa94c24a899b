"""Show a finished picture in the chat, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.delivery import show_picture
from bot.steps.load import photo_of
from bot.steps.words import words_under
from storage import captions, photos
from storage.jobs import Job, JobKind

if TYPE_CHECKING:
    from bot.services import Services


async def show(services: Services, job: Job) -> None:
    """Send the newest result, or swap it in place, and write down what was sent."""
    photo, seller, own = await photo_of(services, job)
    shown = photo.result_message_id is not None and photo.shown_backdrop == photo.result_backdrop
    if photo.result_file is None or photo.result_backdrop is None or shown:
        return
    picture = await services.files.get(photo.result_file)
    async with services.database.read() as connection:
        written = await captions.of_photo(connection, photo.id)
    caption = written[-1] if written else None
    sent = await show_picture(
        services.bot,
        photo,
        picture,
        words_under(services.texts, seller.language, caption),
        services.keyboards.result(seller.language, photo.id, own, chosen=photo.result_backdrop),
    )
    async with services.database.write() as connection:
        await photos.update(
            connection,
            photo.id,
            shown_backdrop=photo.result_backdrop,
            shown_caption_id=caption and caption.id,
            result_message_id=sent.message_id,
            result_file_id=sent.file_id,
        )
        newer = await captions.of_photo(connection, photo.id)
        if len(newer) > len(written):
            await services.jobs.submit(
                connection, Job(JobKind.SHOW_CAPTION, seller.id, {"photo": photo.id})
            )
    if photo.result_message_id is None:
        services.metrics.delivered(photo.created_at)
    if photo.result_message_id is None and photo.offer_message_id is not None:
        # The result carries the same buttons; the offer has served.
        services.tasks.spawn(
            services.bot.delete_message(photo.chat_id, photo.offer_message_id), "delete-offer"
        )
