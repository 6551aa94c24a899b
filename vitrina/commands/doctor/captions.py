"""Whether the caption providers take their keys and know their models."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pipeline.captions.servers.catalogue import catalogue
from pipeline.captions.servers.succession import utc_today
from pipeline.errors import CaptionError
from vitrina.commands.doctor.finding import Finding, bad, ok, warn
from vitrina.describers import (
    ModelContext,
    chat_model,
    compatible_model,
    openai_model,
    providers,
    unpriced,
)
from vitrina.settings import CaptionProvider

if TYPE_CHECKING:
    from datetime import date

    from pipeline.captions.servers.provider_openai import OpenAIModel
    from pipeline.captions.servers.succession import Today
    from vitrina.settings import Settings

ANSWER_SECONDS = 8.0
WARN_DAYS = 90
"""So long before a model's last day somebody should know."""
UNKNOWN_PATH = frozenset({404, 405, 501})
ACCESS = frozenset({401, 403})
TOO_MANY = 429


async def captions(settings: Settings) -> Finding:
    """Tell who is asked, in their order."""
    chain = providers(settings)
    if not chain:
        return ok("off: no provider is set up (docs/captions.md)")
    told = ", then ".join(_model_of(settings, provider) for provider in chain)
    limited = {settings.caption_budget_seller, settings.caption_budget_overall} != {None}
    if limited and (unknown := unpriced(settings)):
        return warn(
            f"{told}; no price for {', '.join(unknown)}: the budgets do not see what it costs; "
            "set CAPTION_PRICES"
        )
    return ok(told)


def _model_of(settings: Settings, provider: CaptionProvider) -> str:
    return {
        CaptionProvider.OPENAI: (
            f"{settings.caption_model} at {settings.openai_base_url or 'api.openai.com'}"
        ),
        CaptionProvider.COMPATIBLE: (
            f"{settings.compatible_model} at {settings.compatible_base_url}"
        ),
        CaptionProvider.GIGACHAT: settings.gigachat_model,
        CaptionProvider.BLIP: f"BLIP in {settings.blip_dir}",
    }[provider]


async def check_provider(
    settings: Settings, provider: CaptionProvider, today: Today = utc_today
) -> Finding:
    """Ask one provider for its model, which costs nothing or next to it."""
    if provider is CaptionProvider.BLIP:
        return await asyncio.to_thread(_blip, settings)
    await chat_model(settings, provider).aclose()  # raises for what cannot be sent
    if provider is CaptionProvider.GIGACHAT:
        return await _gigachat(settings)
    make = openai_model if provider is CaptionProvider.OPENAI else compatible_model
    model = make(settings, ModelContext(today=today, retries=0))
    setting = "CAPTION_MODEL" if provider is CaptionProvider.OPENAI else "COMPATIBLE_MODEL"
    try:
        return await _completions(model, setting, today())
    finally:
        await model.aclose()


async def _completions(model: OpenAIModel, setting: str, today: date) -> Finding:
    from pipeline.captions.chat import Role, Turn
    from pipeline.captions.judge import Verdict

    last: date | None = None
    try:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                last = await model.look_up()
        except LookupError:
            # Not all servers list their models: this question costs next to nothing.
            async with asyncio.timeout(ANSWER_SECONDS):
                await model.ask([Turn(Role.USER, 'Answer with {"invented": []}')], Verdict)
    except TimeoutError:
        return bad(f"{model.server} does not answer; check the address and the network")
    except CaptionError as error:
        is_busy = any(sign in str(error) for sign in (f"code: {TOO_MANY}", "no credit left"))
        return (warn if is_busy else bad)(f"{model.server}: {error}")
    if (replacement := model.replacement) is not None:
        return warn(f"{replacement}, at {model.server}; set {setting}={replacement.successor}")
    return _lasting(model, setting, last or model.last_day, today)


def _lasting(model: OpenAIModel, setting: str, last: date | None, today: date) -> Finding:
    """Tell what a caption costs, and whether the model's last day is near."""
    known = catalogue().find(model.name)
    told = f"{model.name} at {model.server}"
    if last is not None and (left := (last - today).days) <= WARN_DAYS:
        successor = None if known is None else known.successor
        follows = f"; {successor} is asked from then on" if successor is not None else ""
        advice = f": set {setting}" + ("" if successor is None else f"={successor}")
        return warn(f"{told} ends on {last}, in {left} days{follows}{advice}")
    return ok(told if known is None else f"{told}; about ${known.caption_cost:.4f} a caption")


async def _gigachat(settings: Settings) -> Finding:
    import httpx
    from gigachat import GigaChatAsyncClient
    from gigachat.exceptions import GigaChatException, ResponseError

    from pipeline.captions.servers.provider_gigachat import AUTH_URL, BASE_URL

    key = settings.gigachat_credentials
    client = GigaChatAsyncClient(
        credentials=None if key is None else key.get_secret_value().strip(),
        scope=settings.gigachat_scope,
        base_url=settings.gigachat_base_url or BASE_URL,
        auth_url=settings.gigachat_auth_url or AUTH_URL,
        ca_bundle_file=settings.gigachat_ca_bundle,
        timeout=ANSWER_SECONDS,
        max_retries=0,
    )
    where = settings.gigachat_base_url or BASE_URL
    try:
        models = await client.aget_models()
    except ResponseError as error:
        return _refused(int(error.status_code), settings.gigachat_model, where)
    except (GigaChatException, httpx.HTTPError) as error:
        return bad(f"{where} does not answer: {error}; check the network and GIGACHAT_CA_BUNDLE")
    finally:
        await client.aclose()
    names = {one.id_ for one in models.data}
    if settings.gigachat_model not in names:
        return bad(f"{where} has no {settings.gigachat_model}; it has {', '.join(sorted(names))}")
    return ok(f"{settings.gigachat_model} at {where}")


def _refused(status: int, model: str, where: str) -> Finding:
    """Say what an HTTP status means; the server's own words may quote the key."""
    if status in ACCESS:
        return bad(f"{where} refuses the key ({status}): make a new one, or check its rights")
    if status in UNKNOWN_PATH:
        return bad(f"{where} has no model {model} ({status}): check its name and the address")
    if status == TOO_MANY:
        return warn(f"{where} answers 429: too many requests, or nothing is left to spend")
    return bad(f"{where} answers {status}")


def _blip(settings: Settings) -> Finding:
    if find_spec("torch") is None or find_spec("transformers") is None:
        return bad("BLIP needs `pip install .[blip]`")
    if settings.blip_dir is None or not (settings.blip_dir / "model.safetensors").is_file():
        return bad(f"no model.safetensors in {settings.blip_dir}: see docs/captions.md")
    return ok(f"BLIP in {settings.blip_dir}")
