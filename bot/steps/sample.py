"""Send one of our sample photos to a seller who wants to try the bot before sending their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import jobs
from bot.telegram.uploads import SAMPLE
from storage import photos, sellers
from storage.photos import Arrival

if TYPE_CHECKING:
    from bot.services import StepServices
    from storage.jobs import Job


async def sample(services: StepServices, job: Job) -> None:
    """Send the sample photo, and accept it as if the seller had."""
    async with services.database.read() as connection:
        seller = await sellers.get(connection, job.seller_id)
    message = await services.bot.send_photo(
        seller.id,
        services.uploads.file_of(SAMPLE),
        caption=services.texts(seller.language, "sample"),
    )
    services.uploads.keep(SAMPLE, message)
    arrival = Arrival(
        seller_id=seller.id,
        chat_id=seller.id,
        message_id=message.message_id,
        file_id=(message.photo or [])[-1].file_id,
    )
    async with services.database.write() as connection:
        photo_id = await photos.accept(connection, arrival, wanted_backdrop=None)
        for following in (jobs.offer(seller.id, photo_id), jobs.fetch(seller.id, photo_id)):
            await services.jobs.submit(connection, following)
