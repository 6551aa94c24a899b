"""The shapes of real servers' answers and errors, written after their documentation and trackers.

Each server answers in its own way, in one piece and as a stream, refuses what it does not take, and
says in its own words that it has no such model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.stands.strict import Rule, events, whole

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Recorded:
    """One server: how it answers, what it refuses, how it says that a model is not there."""

    rules: tuple[Rule, ...]
    no_model: Rule
    whole: Callable[[str, str], object] = whole
    events: Callable[[list[str], str], list[object]] = events
    model: str = "some-model"
    leaves: dict[str, Any] = field(default_factory=dict)
    """What the accepted request has, of what its rules are about."""


def _error(message: str, **more: Any) -> dict[str, Any]:
    base = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return {"error": {**base, **more}}


def _choice(message: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"index": 0, "message": {"role": "assistant", **message}, **more}


def _chunk(delta: dict[str, Any], **more: Any) -> dict[str, Any]:
    frame = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return {**frame, "choices": [{"index": 0, "delta": delta, **more}]}


def _mistral_extra(*names: str) -> dict[str, Any]:
    detail = [
        {"type": "extra_forbidden", "loc": ["body", *name.split(".")],
         "msg": "Extra inputs are not permitted", "input": True}
        for name in names
    ]  # fmt: skip
    return {"object": "error", "message": {"detail": detail}, "type": "invalid_request_error",
            "param": None, "code": None}  # fmt: skip


def _deepseek(content: str, model: str) -> object:
    message = {"content": content, "reasoning_content": "The seller wants {a caption}."}
    usage = {
        "prompt_tokens": 2000, "completion_tokens": 300, "total_tokens": 2300,
        "prompt_cache_hit_tokens": 500, "prompt_cache_miss_tokens": 1500,
    }  # fmt: skip
    return {"id": "1", "object": "chat.completion", "created": 1, "model": model, "usage": usage,
            "choices": [_choice(message, logprobs=None, finish_reason="stop")]}  # fmt: skip


def _deepseek_events(pieces: list[str], _: str) -> list[object]:
    thoughts = [_chunk({"role": "assistant", "content": None, "reasoning_content": "Let me {see}"})]
    said = [_chunk({"content": one, "reasoning_content": None}) for one in pieces]
    last = {**_chunk({"content": ""}, finish_reason="stop"), "usage": {"prompt_tokens": 2000,
            "completion_tokens": 300, "prompt_cache_hit_tokens": 500}}  # fmt: skip
    return [": keep-alive\n\n", *thoughts, *said, last]


def _mistral(content: str, model: str) -> object:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm, {a cap}."}]}
    parts = [thinking, {"type": "text", "text": content}]
    return {"id": "1", "object": "chat.completion", "created": 1, "model": model,
            "usage": {"prompt_tokens": 2000, "completion_tokens": 300, "total_tokens": 2300},
            "choices": [_choice({"content": parts}, finish_reason="stop")]}  # fmt: skip


def _mistral_events(pieces: list[str], _: str) -> list[object]:
    said = [_chunk({"content": [{"type": "text", "text": one}]}, finish_reason=None)
            for one in pieces]  # fmt: skip
    return [*said, {**_chunk({"content": ""}, finish_reason="stop"),
                    "usage": {"prompt_tokens": 2000, "completion_tokens": 300}}]  # fmt: skip


def _openrouter(content: str, model: str) -> object:
    message = {"content": content, "refusal": None, "reasoning": "A cap, it seems."}
    usage = {"prompt_tokens": 2000, "completion_tokens": 300, "total_tokens": 2300, "cost": 0.001,
             "prompt_tokens_details": {"cached_tokens": 500, "audio_tokens": 0}}  # fmt: skip
    return {"id": "gen-1", "provider": "Some", "object": "chat.completion", "created": 1,
            "model": model, "usage": usage, "system_fingerprint": None,
            "choices": [_choice(message, logprobs=None, finish_reason="stop",
                                native_finish_reason="STOP")]}  # fmt: skip


def _openrouter_events(pieces: list[str], model: str) -> list[object]:
    made: list[object] = [": OPENROUTER PROCESSING\n\n"]
    for event in events(pieces, model):
        made += [": OPENROUTER PROCESSING\n\n", event]
    return made


def _ollama(content: str, model: str) -> object:
    message = {"content": content, "reasoning": "The user shows a cap."}
    return {"id": "chatcmpl-137", "object": "chat.completion", "created": 1, "model": model,
            "system_fingerprint": "fp_ollama", "choices": [_choice(message, finish_reason="")],
            "usage": {"prompt_tokens": 2000, "completion_tokens": 300}}  # fmt: skip


def _ollama_events(pieces: list[str], _: str) -> list[object]:
    thoughts = [_chunk({"role": "assistant", "content": "", "reasoning": "The {user}"})]
    said = [_chunk({"role": "assistant", "content": one}, finish_reason="") for one in pieces]
    usage = {"prompt_tokens": 2000, "completion_tokens": 300, "total_tokens": 2300}
    return [*thoughts, *said, {**_chunk({"role": "assistant", "content": ""}, finish_reason="stop"),
                               "usage": usage}]  # fmt: skip


def _vllm(content: str, model: str) -> object:
    # The parser of thoughts takes an answer that a schema held for thoughts.
    message: dict[str, Any] = {"content": None, "reasoning_content": content, "tool_calls": []}
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model,
            "choices": [_choice(message, logprobs=None, finish_reason="stop", stop_reason=None)],
            "usage": {"prompt_tokens": 2000, "completion_tokens": 300, "total_tokens": 2300,
                      "prompt_tokens_details": None},
            "prompt_logprobs": None, "kv_transfer_params": None}  # fmt: skip


def _lm_studio(content: str, model: str) -> object:
    fenced = f"<think>\nI look at {{it}}.\n</think>\n\n```json\n{content}\n```"
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model,
            "choices": [_choice({"content": fenced}, logprobs=None, finish_reason="stop")],
            "usage": {"prompt_tokens": 2000, "completion_tokens": 300, "total_tokens": 2300},
            "stats": {}, "system_fingerprint": model}  # fmt: skip


def _llama_cpp(content: str, model: str) -> object:
    return {"choices": [{"finish_reason": "stop", "index": 0,
                         "message": {"role": "assistant", "content": content}}],
            "created": 1, "model": model, "system_fingerprint": "b5353-95e18884",
            "object": "chat.completion", "id": "chatcmpl-1",
            "usage": {"completion_tokens": 300, "prompt_tokens": 2000, "total_tokens": 2300,
                      "prompt_tokens_details": {"cached_tokens": 500}},
            "timings": {"prompt_n": 1500, "predicted_n": 300}}  # fmt: skip


def _azure(content: str, model: str) -> object:
    safe = {"hate": {"filtered": False, "severity": "safe"}}
    return {"choices": [_choice({"content": content, "refusal": None, "annotations": []},
                                content_filter_results=safe, finish_reason="stop", logprobs=None)],
            "created": 1, "id": "chatcmpl-1", "model": f"{model}-2024-11-20",
            "object": "chat.completion", "system_fingerprint": "fp_1",
            "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": safe}],
            "usage": {"prompt_tokens": 2000, "completion_tokens": 300, "total_tokens": 2300,
                      "prompt_tokens_details": {"cached_tokens": 500}}}  # fmt: skip


def _azure_events(pieces: list[str], model: str) -> list[object]:
    first = {"choices": [], "created": 0, "id": "", "model": "", "object": "",
             "prompt_filter_results": [{"content_filter_results": {}}]}  # fmt: skip
    aside = {"choices": [{"content_filter_offsets": {"check_offset": 1}, "index": 0,
                          "content_filter_results": {}, "finish_reason": None}]}  # fmt: skip
    return [first, *events(pieces, model), aside]


def _event_named(pieces: list[str], model: str) -> list[object]:
    return ["event: ping\ndata: \n\n", *events(pieces, model)]


SERVERS = {
    "deepseek": Recorded(
        rules=(Rule("json_schema", 400, _error("This response_format type is unavailable now")),),
        no_model=Rule("model:gone", 400, _error("Model Not Exist")),
        whole=_deepseek, events=_deepseek_events, model="deepseek-chat",
        leaves={"response_format": {"type": "json_object"}},
    ),
    "mistral": Recorded(
        rules=(Rule("max_completion_tokens", 422, _mistral_extra("max_completion_tokens")),
               Rule("stream_options", 422, _mistral_extra("stream_options.include_usage")),
               Rule("detail", 422, {"detail": _mistral_extra(
                   "messages.user.content.image_url.detail")["message"]["detail"]})),
        no_model=Rule("model:gone", 400, {"object": "error", "message": "Invalid model: gone",
                                          "type": "invalid_model", "param": None, "code": "1500"}),
        whole=_mistral, events=_mistral_events, model="mistral-small-latest",
        leaves={"max_tokens": 3000},
    ),
    "openrouter": Recorded(
        rules=(Rule("json_schema", 404, {"error": {"code": 404, "message":
                    "No endpoints found that can handle the requested parameters."}}),),
        no_model=Rule("model:gone", 400, {"error": {"message": "gone is not a valid model ID",
                                                    "code": 400}, "user_id": "user_1"}),
        whole=_openrouter, events=_openrouter_events, model="qwen/qwen2.5-vl-72b-instruct",
        leaves={"max_tokens": 3000},
    ),
    "ollama": Recorded(
        rules=(Rule("reasoning_effort", 400, _error('"m" does not support thinking')),),
        no_model=Rule("model:gone", 404, _error('model "gone" not found, try pulling it first',
                                                type="api_error")),
        whole=_ollama, events=_ollama_events, model="qwen2.5vl",
    ),
    "vllm": Recorded(
        rules=(Rule("system", 400, {"object": "error", "message": "Conversation roles must "
                    "alternate user/assistant/user/assistant/...", "type": "BadRequestError",
                    "param": None, "code": 400}),
               Rule("max_completion_tokens", 400, {"object": "error", "message":
                    "[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens'), "
                    "'msg': 'Extra inputs are not permitted', 'input': 3000}]",
                    "type": "BadRequestError", "param": None, "code": 400})),
        no_model=Rule("model:gone", 404, {"object": "error", "message": "The model `gone` does "
                      "not exist.", "type": "NotFoundError", "param": None, "code": 404}),
        whole=_vllm, model="Qwen/Qwen2.5-VL-7B-Instruct", leaves={"max_tokens": 3000},
    ),
    "lm-studio": Recorded(
        rules=(Rule("json_schema", 400, {"error": "Model does not support structured output"}),
               Rule("json_object", 400, {"error": "'response_format.type' must be 'json_schema' "
                                                  "or 'text'"})),
        no_model=Rule("model:gone", 404, _error("Model not found: gone", code="model_not_found")),
        whole=_lm_studio, events=_event_named, model="gemma-3-4b-it",
    ),
    "llama.cpp": Recorded(
        rules=(Rule("json_schema", 400, {"error": {"code": 400, "message": "failed to parse "
                    "grammar", "type": "invalid_request_error"}}),),
        no_model=Rule("model:gone", 400, {"error": {"code": 400, "message": "invalid model: gone",
                                                    "type": "invalid_request_error"}}),
        whole=_llama_cpp, model="gemma-3-4b-it", leaves={"response_format":
                                                         {"type": "json_object"}},
    ),
    "azure": Recorded(
        rules=(Rule("stream_options", 400, _error("Unknown parameter: 'stream_options'.",
                    param="stream_options", code="unknown_parameter")),
               Rule("max_completion_tokens", 400, _error("Unrecognized request argument supplied: "
                                                         "max_completion_tokens"))),
        no_model=Rule("model:gone", 404, {"error": {"code": "DeploymentNotFound", "message": "The "
                      "API deployment for this resource does not exist."}}),
        whole=_azure, events=_azure_events, model="my-deployment", leaves={"max_tokens": 3000},
    ),
}  # fmt: skip
