"""An alert as a webhook, signed by the Standard Webhooks specification (version 1, symmetric: ``v1``)."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any

import orjson

from alerts.sending.message import Line, Message, stamp
from alerts.sending.outcome import Failed
from keyvault.egress import EgressRefused, EgressSession, RequestFailed
from keyvault.errors import CannotOpen

PURPOSE = "alerts"
SECRET_PREFIX = "whsec_"  # noqa: S105 - what the specification has every secret begin with

_SECRET_BYTES = 32
_GONE = 410


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def send_webhook(message: Message) -> None:
    """Raises Failed. Each attempt of a delivery has the same ``webhook-id`` and its own time and signature."""
    channel = message.delivery.channel
    if channel is None or channel.url is None or channel.secret is None:
        raise Failed("The channel has no address.", final=True)
    body = orjson.dumps(payload(message), option=orjson.OPT_SORT_KEYS)
    try:
        headers = signed_headers(channel.secret.reveal(), f"msg_{message.delivery.pk.hex}", body, int(time.time()))
        answer = EgressSession(PURPOSE).post(channel.url.reveal(), data=body, headers=headers)
    except CannotOpen:
        raise Failed("The channel's address or secret does not open.", final=True) from None
    except EgressRefused as refused:
        raise Failed(str(refused)) from None
    except RequestFailed as problem:
        raise Failed(f"The receiver was not reached ({type(problem).__name__}).") from None
    if not answer.ok:
        raise Failed(f"The receiver answered {answer.status_code}.", final=answer.status_code == _GONE)


def signed_headers(secret: str, message_id: str, body: bytes, timestamp: int) -> dict[str, str]:
    """``v1,`` and the base64 of HMAC-SHA256(key, ``id.timestamp.body``); the key is what the secret has in base64."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signature = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "User-Agent": "KeyVault-Alerts",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def payload(message: Message) -> Mapping[str, Any]:
    delivery = message.delivery
    return {
        "type": "alerts.test" if delivery.test else "alerts.raised",
        "timestamp": stamp(delivery.created_at),
        "data": {
            "organization": delivery.org.slug,
            "alerts": [_facts(line) for line in message.lines],
            "count": message.alerts,
            "log": message.log,
        },
    }


def _facts(line: Line) -> Mapping[str, Any]:
    alert = line.alert
    return {
        "id": str(alert.pk),
        "kind": alert.kind,
        "severity": alert.severity,
        "tier": alert.tier or None,
        "title": alert.title,
        "sentence": alert.sentence,
        "count": alert.count,
        "new": line.fresh,
        "first_at": stamp(alert.first_at),
        "last_at": stamp(alert.last_at),
        "token_id": str(alert.token) if alert.token else None,
        "url": line.url,
    }
