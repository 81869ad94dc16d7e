"""How a leaf looks on its way out. Pure.

Webhook: one POST with a JSON line for each leaf, signed as Standard Webhooks want it:
``webhook-signature: v1,base64(HMAC-SHA256(secret, "<id>.<timestamp>.<body>"))``.

Syslog: RFC 5424 in the octet counting of RFC 6587 and RFC 5425, facility 13 (log audit). The message is the entry as it
was hashed; control characters are escaped in it, so that it is one line and one frame whatever anybody typed.
"""

import base64
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

_FACILITY = 13
_SEVERITY = {"success": 6, "denied": 4, "error": 3}  # informational, warning, error
_ID = "keyvault@32473"  # the number that RFC 5612 keeps for examples: ours is not registered


@dataclass(frozen=True, slots=True)
class Line:
    """A leaf that is an event."""

    log: str
    epoch: int
    index: int
    leaf_hash: bytes
    entry: bytes


def json_lines(lines: Iterable[Line]) -> bytes:
    return b"".join(
        b'{"log":"%s","epoch":%d,"leaf_index":%d,"leaf_hash":"%s","entry":%s}\n'
        % (line.log.encode(), line.epoch, line.index, line.leaf_hash.hex().encode(), line.entry)
        for line in lines
    )


def signed_headers(body: bytes, *, message_id: str, secret: bytes, at: int) -> dict[str, str]:
    """``at`` is in seconds since 1970. The id is the same when the same leaves are sent again."""
    signature = hmac.digest(secret, f"{message_id}.{at}.".encode() + body, "sha256")
    return {
        "Content-Type": "application/x-ndjson",
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def syslog_frames(lines: Iterable[Line], *, host: str) -> bytes:
    return b"".join(_frame(line, host) for line in lines)


def _frame(line: Line, host: str) -> bytes:
    event = orjson.loads(line.entry)
    priority = _FACILITY * 8 + _SEVERITY[event["outcome"]]
    facts = {"log": line.log, "epoch": line.epoch, "leafIndex": line.index, "leafHash": line.leaf_hash.hex()}
    header = f"<{priority}>1 {event['ts']} {_word(host, 255)} keyvault - {_word(event['action'], 32)} {_data(facts)} "
    message = header.encode("ascii") + line.entry
    return b"%d %s" % (len(message), message)


def _data(facts: Mapping[str, Any]) -> str:
    return f"[{_ID} " + " ".join(f'{name}="{value}"' for name, value in facts.items()) + "]"


def _word(text: str, limit: int) -> str:
    """PRINTUSASCII of RFC 5424 §6."""
    return "".join(letter for letter in text if "!" <= letter <= "~")[:limit] or "-"
