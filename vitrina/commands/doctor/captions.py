"""Whether the caption providers take their keys and know their models."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import TYPE_CHECKING

from vitrina.commands.doctor.finding import Finding, bad, ok, warn
from vitrina.describers import chat_model, providers, unpriced
from vitrina.settings import CaptionProvider

if TYPE_CHECKING:
    from pydantic import SecretStr

    from vitrina.settings import Settings

ANSWER_SECONDS = 8.0
UNKNOWN_PATH = frozenset({404, 405, 501})
"""Not all compatible servers list their models."""
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


async def check_provider(settings: Settings, provider: CaptionProvider) -> Finding:
    """Ask one provider for its model, which costs nothing or next to it."""
    if provider is CaptionProvider.BLIP:
        return await asyncio.to_thread(_blip, settings)
    await chat_model(settings, provider).aclose()  # raises for what cannot be sent
    if provider is CaptionProvider.GIGACHAT:
        return await _gigachat(settings)
    if provider is CaptionProvider.OPENAI:
        return await _completions(
            settings.caption_model, settings.openai_api_key, settings.openai_base_url
        )
    return await _completions(
        settings.compatible_model, settings.compatible_api_key, settings.compatible_base_url
    )


async def _completions(model: str, key: SecretStr | None, base_url: str | None) -> Finding:
    import openai

    where = base_url or "https://api.openai.com/v1"
    client = openai.AsyncOpenAI(
        api_key="none" if key is None else key.get_secret_value().strip(),
        base_url=where,
        timeout=ANSWER_SECONDS,
        max_retries=0,
    )
    try:
        try:
            await client.models.retrieve(model)
        except openai.APIStatusError as error:
            if error.status_code not in UNKNOWN_PATH:
                raise
            await client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": "Hi"}], max_tokens=1
            )
    except openai.APIStatusError as error:
        return _refused(error.status_code, model, where)
    except openai.APIConnectionError as error:
        return bad(f"{where} does not answer: {error}; check the address and the network")
    finally:
        await client.close()
    return ok(f"{model} at {where}")


async def _gigachat(settings: Settings) -> Finding:
    import httpx
    from gigachat import GigaChatAsyncClient
    from gigachat.exceptions import GigaChatException, ResponseError

    key = settings.gigachat_credentials
    client = GigaChatAsyncClient(
        credentials=None if key is None else key.get_secret_value().strip(),
        scope=settings.gigachat_scope,
        base_url=settings.gigachat_base_url,
        auth_url=settings.gigachat_auth_url,
        ca_bundle_file=settings.gigachat_ca_bundle,
        timeout=ANSWER_SECONDS,
        max_retries=0,
    )
    where = settings.gigachat_base_url or "GigaChat"
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
