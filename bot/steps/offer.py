"""Answer an accepted photo with the choice of backdrops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.delivery import reply_to
from bot.steps.load import photo_of
from storage import photos
from storage.photos import PhotoState

if TYPE_CHECKING:
    from bot.services import Services
    from storage.jobs import Job


async def offer(services: Services, job: Job) -> None:
    """Send the keyboard, once."""
    photo, seller, own = await photo_of(services, job)
    if photo.offer_message_id is not None or photo.state is PhotoState.FAILED:
        return
    default = seller.default_backdrop
    if default is None:
        text = services.texts(seller.language, "offer")
    else:
        label = services.keyboards.backdrop_label(seller.language, default)
        text = services.texts(seller.language, "offer-default", backdrop=label)
    message = await services.bot.send_message(
        photo.chat_id,
        text,
        reply_markup=services.keyboards.offer(seller.language, photo.id, own, chosen=default),
        reply_parameters=reply_to(photo.message_id),
    )
    async with services.database.write() as connection:
        await photos.update(connection, photo.id, offer_message_id=message.message_id)
