"""The editor's server: touches, painted masks, previews that are what is sent, states that stay."""

from __future__ import annotations

import asyncio
import io
import json
import struct
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from bot.keyboards.callbacks import Page as Buttons
from bot.keyboards.callbacks import SetOption
from editor.opened import OpenPhotos
from editor.wire import from_plane, run_lengths, to_wire
from pipeline.studio import Studio
from storage import backdrops, photos, sellers
from tests.stands.bot import Person, open_stand
from tests.stands.editor import LINKS, Page, open_editor, unpacked
from tests.stands.files import file_of, png_chunks, shirt
from tests.unit.test_chat_photos import photo_of, result

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp import ClientResponse

    from pipeline.foreground import Candidate, Clicks
    from pipeline.sam import Embedding
    from tests.stands.bot import Stand
    from tests.stands.server import Message

WHITE = {"backdrop": "preset:white"}


@pytest_asyncio.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with open_stand(tmp_path, editor=LINKS) as stand:
        yield stand


@pytest.fixture
def anna(stand: Stand) -> Person:
    return Person(stand, 7)


@pytest_asyncio.fixture
async def page(stand: Stand, anna: Person) -> AsyncIterator[Page]:
    """The page of a photo whose result stands in the chat on white."""
    await result(stand, anna)
    async with open_editor(stand) as client:
        yield Page(client, anna.id, (await photo_of(stand, anna)).id)


async def mask_of(answer: ClientResponse) -> Any:
    assert answer.status == 200, await answer.text()
    return unpacked((await answer.json())["mask"])


def drawn(mask: Image.Image) -> bytes:
    return file_of(mask, "PNG")


def pixels(data: bytes | None) -> Any:
    with Image.open(io.BytesIO(data or b"")) as image:
        return np.asarray(image.convert("RGB"))


async def test_touches_are_answered_and_depend_on_nothing_but_themselves(
    page: Page, stand: Stand
) -> None:
    first = await page.touch((0.3, 0.3, 1))
    found = await first.json()
    assert found["sequence"] == 7
    assert len(json.dumps(found)) <= 10_000
    mask = unpacked(found["mask"])
    assert mask.shape == (512, 512)
    assert mask[154, 154]
    assert not mask[400, 400]
    clicks = (0.3, 0.3, 1), (0.7, 0.7, 1), (0.7, 0.7, 0)
    second = await mask_of(await page.touch(*clicks[:2]))
    assert second[358, 358], "another tap puts more in"
    third = await mask_of(await page.touch(*clicks))
    assert (third != second).any()
    assert (await mask_of(await page.touch(*clicks[:2])) == second).all(), "undone"
    async with open_editor(stand) as other:  # a process that remembers nothing
        page.client = other
        assert (await mask_of(await page.touch(*clicks)) == third).all()


async def test_a_box_a_candidate_and_the_photo_s_mask_are_gone_on_from(page: Page) -> None:
    boxed = await mask_of(await page.ask("POST", "/touch", json={"box": [0.9, 0.8, 0.5, 0.4]}))
    rows, columns = np.nonzero(boxed)
    assert abs(rows.min() - 205) < 8
    assert abs(columns.max() - 461) < 8
    now = await mask_of(await page.ask("POST", "/touch", json={"base": "now"}))
    session = await (await page.ask("GET")).json()
    assert (now == unpacked(session["mask"])).all()
    first = session["candidates"][0]
    assert first["thumb"].startswith("data:image/jpeg;base64,")
    chosen = await mask_of(await page.ask("POST", "/touch", json={"base": first["id"]}))
    assert (chosen == unpacked(first["mask"])).all()
    assert session["now"]["backdrop"] == "preset:white"
    assert {"usual"} <= {one["name"] for one in session["choices"]["margins"]}


async def test_backgrounds_have_thumbnails(page: Page, stand: Stand, anna: Person) -> None:
    own = []
    for seller, colour in ((anna.id, (10, 200, 30)), (8, (1, 2, 3))):
        file = await stand.services.files.put(file_of(Image.new("RGB", (900, 700), colour), "PNG"))
        async with stand.services.database.write() as connection:
            await sellers.get_or_create(connection, seller, language="ru")
            arrival = photos.Arrival(seller, seller, 1, file)
            kept = await backdrops.accept(connection, arrival, backdrops.Purpose())
            await backdrops.keep(connection, kept, file, 1)
            own.append(kept)
    listed = (await begun(page))["choices"]["backdrops"]
    thumbs = {one["name"]: one["thumb"] for one in listed}
    assert thumbs[f"own:{own[0]}"] is None, "it is the seller's alone, and asked for by key"
    assert f"own:{own[1]}" not in thumbs
    answer = await page.client.get(f"/editor/{thumbs['preset:white']}")
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    assert max(pixels(await answer.read()).shape) == 96
    mine = await page.ask("GET", f"/backdrops/own:{own[0]}")
    assert abs(pixels(await mine.read())[40, 40].astype(int) - (10, 200, 30)).max() < 4
    assert (await page.client.get("/editor/backdrops/nothing")).status == 404
    for ref in (f"own:{own[1]}", "own:99", "own:x", "preset:white", "blurred"):
        assert (await page.ask("GET", f"/backdrops/{ref}")).status == 409, ref


async def test_a_newer_touch_takes_the_place_of_one_that_waits(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go, asked = asyncio.Event(), asyncio.Event(), Studio.refine

    async def refine(studio: Studio, embedding: Embedding, clicks: Clicks) -> Candidate:
        if not begun.is_set():
            begun.set()
            await go.wait()
        return await asked(studio, embedding, clicks)

    monkeypatch.setattr(Studio, "refine", refine)
    waiting = asyncio.create_task(page.touch((0.2, 0.2, 1)))
    await begun.wait()
    assert (await page.touch((0.8, 0.8, 1))).status == 200
    assert (await waiting).status == 409


async def test_what_is_painted_comes_back_as_it_was_painted(page: Page) -> None:
    painted = shirt(640, 640)
    answer = await page.ask("PUT", "/mask", data=drawn(painted))
    inside = await mask_of(answer)
    wanted = np.asarray(painted.resize((512, 512), Image.Resampling.BOX)) >= 128
    assert (inside != wanted).mean() < 0.008, "within a part of a cell"
    again = await mask_of(await page.ask("POST", "/touch", json={"base": "painted"}))
    assert (again == inside).all()
    square = Image.new("L", (640, 640))
    square.paste(255, (150, 150, 490, 490))  # the product is 160..480
    snapped = await mask_of(await page.ask("PUT", "/mask?snap=1", data=drawn(square)))
    rows, columns = np.nonzero(snapped)
    for side in (rows.min(), columns.min(), 511 - rows.max(), 511 - columns.max()):
        assert abs(side - 128) <= 6


async def test_a_hard_brush_s_edge_is_kept_where_it_went_and_a_soft_one_s_is_not(
    page: Page, stand: Stand, anna: Person
) -> None:
    """The product is 32..96 of 128; a corner beside it is painted in, and one of it erased."""
    alphas = {}
    for name, (inside, outside) in {"hard": (191, 64), "soft": (255, 0)}.items():
        mask = Image.new("L", (512, 512))
        mask.paste(255, (128, 128, 384, 384))
        mask.paste(inside, (384, 128, 400, 256))
        mask.paste(outside, (112, 256, 144, 384))
        assert (await page.ask("PUT", "/mask", data=drawn(mask))).status == 200
        assert (await page.ask("POST", "/done", json=WHITE | {"base": "painted"})).status == 204
        await stand.settle()
        alphas[name] = (await stand.worker.cut_outs.get(await photo_of(stand, anna))).alpha
    assert alphas["hard"][40:60, 98].min() > 0.9, "painted in, though it looks like the ground"
    assert alphas["hard"][70:90, 34].max() < 0.1, "erased, though it looks like the product"
    assert alphas["soft"][40:60, 99].max() < 0.6, "the outline snaps back"
    assert alphas["soft"][70:90, 35].min() > 0.4


async def test_what_is_no_painted_mask_is_refused(page: Page) -> None:
    cases = {
        "empty": b"",
        "not a PNG": file_of(shirt().convert("RGB"), "JPEG"),
        "cut short": drawn(shirt(640, 640))[:-40],
        "too many pixels": BOMB,
        "too many bytes": drawn(shirt()) + bytes(210 * 1024),
    }
    for name, data in cases.items():
        answer = await page.ask("PUT", "/mask", data=data)
        assert answer.status in {400, 413}, name
        assert (await answer.json())["error"], name
    nothing = await page.ask("PUT", "/mask", data=drawn(Image.new("L", (64, 64))))
    assert nothing.status == 200
    preview = await page.ask("POST", "/preview", json=WHITE | {"base": "painted"})
    assert preview.status == 409
    assert (await preview.json())["error"] == "Ничего не выделено. Коснитесь товара."


BOMB = png_chunks(
    (b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)),
    (b"IDAT", zlib.compress(bytes(1000))),
    (b"IEND", b""),
)
"""A small file of 3,600 megapixels."""
PLACED = {"dx": 0.12, "dy": -0.1, "scale": 0.8, "turn": 20.0, "mirror": True}


LOOKS: tuple[dict[str, Any], ...] = (
    WHITE,
    {"backdrop": "preset:white", "format": "square", "margin": "usual", "shadow": "none"},
    WHITE | {"box": [0.2, 0.2, 0.6, 0.6]},
    WHITE | {"base": "now", "placement": PLACED},
    {"placement": PLACED | {"turn": 0.0, "scale": 3.5}},
    {"placement": None},
)


async def test_what_is_previewed_is_what_arrives(page: Page, stand: Stand, anna: Person) -> None:
    seen = {anna.last.file}
    for state in LOOKS:
        preview = await page.ask("POST", "/preview", json=state)
        assert preview.status == 200, await preview.text()
        shown = await preview.read()
        assert (await page.ask("POST", "/done", json=state)).status == 204
        await stand.settle()
        assert len(anna.shown) == 1
        assert anna.last.file == shown, f"byte for byte: {state}"
        seen.add(shown)
        assert (await begun(page))["state"] is None, "all is done"
    assert len(seen) >= len(LOOKS) - 1, "each look is another picture, but for the first"
    assert "Caption" in anna.last.text
    small = pixels(await (await page.ask("POST", "/preview", json={"width": 64})).read())
    assert small.shape[1] == 64


async def test_what_is_asked_for_twice_by_one_name_is_sent_once(
    page: Page, stand: Stand, anna: Person
) -> None:
    """An answer may get lost on its way, by a tunnel or by the process's end."""
    copy = {"placement": PLACED, "copy": True, "name": "0123456789abcdef"}
    at_once = await asyncio.gather(*(page.ask("POST", "/done", json=copy) for _ in range(3)))
    assert {answer.status for answer in at_once} == {204}
    await stand.settle()
    assert (await page.ask("POST", "/done", json=copy)).status == 204
    await stand.settle()
    assert len(anna.shown) == 2
    # What is done to the outline that stands must not be done to the new one again.
    remove = {
        "clicks": [{"x": 0.3, "y": 0.3, "label": 0}],
        "base": "now",
        "name": "fedcba9876543210",
    }
    assert (await page.ask("POST", "/done", json=remove)).status == 204
    await stand.settle()
    once = await mask_of(await page.ask("POST", "/touch", json={"base": "now"}))
    assert (await page.ask("POST", "/done", json=remove)).status == 204
    await stand.settle()
    again = await mask_of(await page.ask("POST", "/touch", json={"base": "now"}))
    assert (once == again).all()
    assert (await page.ask("POST", "/done", json=copy | {"name": "another-one"})).status == 204
    await stand.settle()
    assert len(anna.shown) == 3


async def begun(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = await (await page.ask("GET")).json()
    return found


async def test_a_copy_leaves_the_first_picture_as_it_is(
    page: Page, stand: Stand, anna: Person
) -> None:
    before = anna.last.file
    state = WHITE | {"placement": PLACED, "copy": True}
    shown = await (await page.ask("POST", "/preview", json=state)).read()
    assert (await page.ask("POST", "/done", json=state)).status == 204
    await stand.settle()
    first, copy = anna.shown
    assert first.file == before
    assert (copy.kind, copy.file) == ("photo", shown)
    assert (await photo_of(stand, anna)).placement is None
    assert (await begun(page))["state"]["placement"] == PLACED, "it goes on from here"


async def test_a_state_stays_and_forgets_an_outline_that_no_longer_fits(
    page: Page, stand: Stand, anna: Person
) -> None:
    state = {
        "base": "now",
        "clicks": [{"x": 0.5, "y": 0.5, "label": 1}],
        "placement": PLACED,
        "format": "square",
    }
    assert (await page.ask("PUT", "/state", json=state)).status == 204
    async with open_editor(stand) as other:  # as after a restart
        page.client = other
        kept = (await begun(page))["state"]
        assert {name: kept[name] for name in state} == state
        photo = await photo_of(stand, anna)
        mask = await stand.services.files.get(photo.mask_file or "")
        another = await stand.services.files.put(mask + bytes(1))
        async with stand.services.database.write() as connection:
            await photos.update(connection, photo.id, mask_file=another)
        kept = (await begun(page))["state"]
        assert (kept["base"], kept["clicks"], kept["format"]) == (None, [], "square")


async def test_rules_are_told_as_they_break(page: Page, anna: Person, stand: Stand) -> None:
    photo = await photo_of(stand, anna)
    await anna.press(SetOption(photo=photo.id, what=Buttons.MARKET, value="amazon").pack())
    await stand.settle()
    answer = await page.ask(
        "POST", "/preview", json=WHITE | {"format": "amazon", "placement": {"scale": 0.3}}
    )
    assert answer.status == 200
    broken = json.loads(answer.headers["X-Breaches"])
    assert broken
    assert all(isinstance(one, str) and "<" not in one for one in broken)
    left, top, right, bottom = map(float, answer.headers["X-Product"].split(","))
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 1
    assert (await begun(page))["market"] == "Amazon"


async def test_what_is_not_offered_is_refused(page: Page) -> None:
    cases: list[dict[str, Any]] = [
        {"backdrop": "own:1"}, {"backdrop": "preset:../x"}, {"format": "nothing"},
        {"shadow": "no"}, {"margin": "2"}, {"placement": {"scale": 9}}, {"width": 0},
        {"placement": {"turn": 181}}, {"placement": {"dx": -2}},
    ]  # fmt: skip
    for state in cases:
        for path in ("/preview", "/done"):
            if state == {"width": 0} and path == "/done":
                continue
            answer = await page.ask("POST", path, json=WHITE | state)
            assert answer.status in {400, 409}, state
            assert (await answer.json())["error"]


def links(shown: Message) -> list[str]:
    return [data for data in shown.buttons.values() if data.startswith("https://")]


async def test_the_button_is_there_in_private_chats_alone(
    stand: Stand, anna: Person, tmp_path: Path
) -> None:
    shown = await result(stand, anna)
    key = LINKS.key((await photo_of(stand, anna)).id)
    assert links(shown) == [f"https://bot.example.org/editor/?photo={key}"]
    assert "Поправить пальцем" in shown.buttons
    assert LINKS.link(replace(await photo_of(stand, anna), chat_id=-100)) is None
    async with open_stand(tmp_path / "without") as other:
        assert not links(await result(other, Person(other, 9)))


async def test_what_was_not_found_is_shown_by_a_tap(stand: Stand, anna: Person) -> None:
    await anna.photo(file_of(Image.new("RGB", (256, 192), (128, 128, 128)), "JPEG"))
    await stand.settle()
    (address,) = links(anna.last)
    assert "Показать касанием" in anna.last.buttons
    async with stand.services.database.read() as connection:
        photo_id = (await photos.ids_of(connection, anna.id))[-1]
    assert address.endswith(LINKS.key(photo_id))
    async with open_editor(stand) as client:
        page = Page(client, anna.id, photo_id)
        session = await begun(page)
        assert not unpacked(session["mask"]).any()
        assert session["candidates"] == []
        assert (await page.ask("POST", "/done", json=WHITE)).status == 409, "nothing is selected"
        tap = WHITE | {"clicks": [{"x": 0.5, "y": 0.5, "label": 1}]}
        preview = await (await page.ask("POST", "/preview", json=tap)).read()
        assert (await page.ask("POST", "/done", json=tap)).status == 204
        await stand.settle()
    assert preview in [shown.file for shown in anna.shown]
    assert (await photo_of(stand, anna)).state is photos.PhotoState.READY


async def test_numbered_parts_are_found_when_asked_for(page: Page, stand: Stand) -> None:
    assert (await begun(page))["parts"] == []
    answer = await page.ask("GET", "/parts")
    assert answer.status == 200, await answer.text()
    found = (await answer.json())["parts"]
    assert found == (await begun(page))["parts"]
    del stand


async def test_parts_cover_the_cut_out_where_sam_sees_none(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> tuple[()]:
        return ()

    monkeypatch.setattr(Studio, "segments", nothing)
    answer = await page.ask("GET", "/parts")
    assert (await answer.json())["parts"], "the chat's parts are these: all can be taken out there"


async def test_an_open_photo_takes_at_most_15_mb(page: Page, stand: Stand, anna: Person) -> None:
    await anna.photo(file_of(Image.effect_noise((2000, 1500), 90).convert("RGB"), "JPEG"))
    await stand.settle()
    opened = await OpenPhotos(stand.worker).get(await photo_of(stand, anna))
    held = (await opened.embedding()).features.nbytes + len(opened.picture) + opened.seen.nbytes
    held += int(opened.answers.maxsize) * np.zeros((256, 256), np.float16).nbytes
    assert held < 15_000_000
    del page


def test_runs_are_read_back_and_never_too_long() -> None:
    noise = np.random.default_rng(1).random((96, 128)) > 0.5
    for mask in (noise, ~noise, np.zeros((4, 4), bool), np.ones((4, 4), bool)):
        told = {
            "w": mask.shape[1],
            "h": mask.shape[0],
            "runs": ",".join(map(str, run_lengths(mask))),
        }
        assert (unpacked(told) == mask).all()
    logits = np.where(np.random.default_rng(2).random((256, 256)) > 0.5, 6, -6).astype(np.float32)
    for size in ((300, 300), (4000, 250), (1, 900)):
        told = to_wire(logits, size)
        assert len(told["runs"]) <= 10_000
        assert unpacked(told).shape == (told["h"], told["w"])


def test_a_plane_s_outline_keeps_its_place() -> None:
    for edge in (100, 101, 102, 103):
        plane = np.zeros((400, 600), np.float32)
        plane[:, edge:] = 1
        told = to_wire(from_plane(plane, (1200, 800)), (1200, 800))
        first = unpacked(told).argmax(axis=1)
        assert abs(first / told["w"] * 600 - edge).max() < 1.5
    assert (from_plane(np.ones((40, 60), np.float32), (60, 40))[:171] > 0).all()
