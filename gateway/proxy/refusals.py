"""What the gateway itself answers, and the shape in which each kind of SDK reads it."""

from collections.abc import Callable

import orjson

from gateway.model import Refusal

Shape = Callable[[Refusal], dict[str, object]]


class Refused(Exception):  # it is no error of ours
    """A refusal on its way to the client."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.rule)
        self.refusal = refusal


UNKNOWN_TOKEN = Refusal(
    401,
    "token-invalid",
    "There is no such token.",
    "Send a KeyVault token in the place where the provider's key would stand.",
)
STALE = Refusal(503, "state-unknown", "The gateway cannot tell now which tokens are good.", "Try again.", 5)
CRASHED = Refusal(500, "internal", "The gateway failed; the failure is in its log.")


def body(refusal: Refusal, shape: str) -> bytes:
    return orjson.dumps(_SHAPES.get(shape, _openai)(refusal))


def event(refusal: Refusal, shape: str) -> bytes:
    """The last event of a stream of server-sent events that is cut. No ``[DONE]`` follows it."""
    return b"event: error\ndata: " + body(refusal, shape) + b"\n\n"


def _openai(refusal: Refusal) -> dict[str, object]:
    return {
        "error": {
            "message": _text(refusal),
            "type": _TYPES.get(refusal.status, "api_error"),
            "param": None,
            "code": _code(refusal),
        }
    }


def _anthropic(refusal: Refusal) -> dict[str, object]:
    kind = _TYPES.get(refusal.status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": _text(refusal), "code": _code(refusal)}}


def _google(refusal: Refusal) -> dict[str, object]:
    word = _GOOGLE.get(refusal.status, "UNAVAILABLE")
    return {
        "error": {
            "code": refusal.status,
            "message": _text(refusal),
            "status": word,
            "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": _code(refusal)}],
        }
    }


def _jsonrpc(refusal: Refusal) -> dict[str, object]:
    error = {"code": _JSONRPC_OWN, "message": _text(refusal), "data": {"rule": _code(refusal)}}
    return {"jsonrpc": "2.0", "id": None, "error": error}


def _text(refusal: Refusal) -> str:
    return f"{refusal.sentence} {refusal.remedy}".strip()


def _code(refusal: Refusal) -> str:
    return refusal.rule.replace("-", "_")


_SHAPES: dict[str, Shape] = {"openai": _openai, "anthropic": _anthropic, "google": _google, "jsonrpc": _jsonrpc}
_JSONRPC_OWN = -32000  # of a server's own errors (JSON-RPC 2.0 §5.1)
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
}
_GOOGLE = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    402: "RESOURCE_EXHAUSTED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    504: "DEADLINE_EXCEEDED",
}
