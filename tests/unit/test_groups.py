"""In a group: heard when mentioned or answered, silent otherwise, private things in private."""

from __future__ import annotations

import pytest

from tests.stands.bot import MOMENT, Person, Stand
from tests.stands.server import BOT_NAME

GROUP = -100500
ME = {"id": 424242, "is_bot": True, "first_name": "Vitrina", "username": BOT_NAME}


@pytest.fixture
def anna(stand: Stand) -> Person:
    return Person(stand, 1, group=GROUP)


async def facts(stand: Stand) -> list[str]:
    async with stand.services.database.read() as connection:
        rows = await connection.exec_driver_sql("SELECT facts FROM photos ORDER BY id")
        return [str(row[0]) for row in rows]


async def test_talk_among_people_is_not_answered(stand: Stand, anna: Person) -> None:
    await anna.say("всем привет")
    await anna.say("/start")
    await anna.say("/start@another_bot")
    await anna.photo()
    await anna.photo(words="просто фото")
    await anna.edit(await anna.say("ошибка"), text="опечатка")
    await anna.send(sender_chat={"id": GROUP, "type": "supergroup"}, text="анонимно")
    await stand.settle()
    assert anna.shown == []
    assert await facts(stand) == []


async def test_a_mention_brings_the_photo_and_is_no_fact(stand: Stand, anna: Person) -> None:
    sent = await anna.photo(words=f"@{BOT_NAME.upper()} лён, 1 900 ₽")
    await stand.settle()
    assert await facts(stand) == ["лён, 1 900 ₽"]
    assert anna.shown, "the offer stands in the group"
    assert anna.shown[0].reply_to == sent


async def test_a_mention_in_answer_to_a_photo_brings_that_photo(stand: Stand, anna: Person) -> None:
    size = {"file_id": "old", "file_unique_id": "old", "width": 9, "height": 9}
    theirs = {"message_id": 44, "date": MOMENT, "chat": anna.chat, "photo": [size]}
    stand.telegram.hold("old", b"nothing")
    await anna.say(f"@{BOT_NAME}", reply_to_message=theirs)
    async with stand.services.database.read() as connection:
        rows = await connection.exec_driver_sql("SELECT file_id, seller_id FROM photos")
        assert [tuple(row) for row in rows] == [("old", 1)]


async def test_an_answer_to_the_bot_is_heard(stand: Stand, anna: Person) -> None:
    ours = {"message_id": 44, "date": MOMENT, "chat": anna.chat, "from": ME, "text": "?"}
    await anna.photo(reply_to_message=ours)
    await stand.settle()
    assert len(await facts(stand)) == 1


async def test_an_album_is_called_by_one_of_its_pictures(stand: Stand, anna: Person) -> None:
    await anna.photo(words=f"@{BOT_NAME}", media_group_id="7")
    await anna.photo(media_group_id="7")
    await Person(stand, 2, group=GROUP).photo(media_group_id="8")
    await stand.settle()
    assert len(await facts(stand)) == 2


async def test_who_writes_as_the_chat_is_told_why_that_cannot_be(
    stand: Stand, anna: Person
) -> None:
    """Anonymous administrators and channels come as a bot of Telegram's own."""
    chat = {"id": GROUP, "type": "supergroup", "title": "Лавка"}
    user = {
        "id": 1087968824,
        "is_bot": True,
        "first_name": "Group",
        "username": "GroupAnonymousBot",
    }
    anna.user = user
    await anna.say("просто разговор", sender_chat=chat)
    assert anna.shown == []
    sent = await anna.photo(words=f"@{BOT_NAME} лён", sender_chat=chat)
    await anna.photo(words=f"@{BOT_NAME} лён", sender_chat=chat)
    assert await facts(stand) == []
    (told,) = anna.shown
    assert "от имени чата" in told.text
    assert told.reply_to == sent


@pytest.mark.parametrize("command", ["settings", "background", "export", "forget"])
async def test_what_is_the_sellers_own_is_shown_in_private(anna: Person, command: str) -> None:
    await anna.say(f"/{command}@{BOT_NAME}")
    assert "напишите мне лично" in anna.last.text
    assert not anna.last.keyboard


async def test_another_member_cannot_use_the_buttons(stand: Stand, anna: Person) -> None:
    await anna.photo(words=f"@{BOT_NAME}")
    await stand.settle()
    boris = Person(stand, 2, group=GROUP)
    for data in anna.last.buttons.values():
        assert "больше нет" in await boris.press(data, anna.last.id)


async def test_the_bot_says_how_to_be_heard_when_it_joins(stand: Stand, anna: Person) -> None:
    member = {"user": ME, "status": "left"}
    await stand.feed(
        my_chat_member={
            "chat": anna.chat,
            "from": anna.user,
            "date": MOMENT,
            "old_chat_member": member,
            "new_chat_member": {**member, "status": "member"},
        }
    )
    assert f"@{BOT_NAME}" in anna.last.text


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"İİİ кепка @{BOT_NAME} синий", "İİİ кепка  синий"),
        (f"ẞİﬁ🙂 @{BOT_NAME.upper()} лён", "ẞİﬁ🙂  лён"),
        (f"İ{'İ' * 200} @{BOT_NAME}", "İ" * 201),
        (f"@{BOT_NAME}İ", "İ"),
    ],
)
async def test_only_the_mention_is_cut_from_the_words(
    stand: Stand, anna: Person, said: str, kept: str
) -> None:
    await anna.photo(words=said)
    assert await facts(stand) == [kept]


async def test_another_bot_of_a_longer_name_is_not_this_one(stand: Stand, anna: Person) -> None:
    await anna.photo(words=f"@{BOT_NAME}2 лён")
    assert await facts(stand) == []
