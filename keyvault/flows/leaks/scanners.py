"""Scanners of an organization: connected with a secret of their own, and what they send.

GitHub signs a webhook's body with HMAC-SHA256 under the secret (``X-Hub-Signature-256: sha256=<hex>``). An alert names
where it was found; what was found is in it only where GitHub puts it there.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.services import JSON, record, record_folded
from keyvault.actor import Actor, Origin, system
from keyvault.errors import Conflict, NotFound, Unauthorized
from keyvault.flows.leaks.models import Scanner
from keyvault.flows.leaks.reports import LOOK, digests_in
from keyvault.jobs.services import enqueue
from orgs.access import changing_rights
from orgs.models import Organization
from orgs.names import clean_name
from orgs.permissions import Action
from tokens.services.finding import SCANNER_REPORT

TOLD_OF = ("created", "reopened", "publicly_leaked")
"""What GitHub says of an alert that is news."""

_LIMIT = 300  # characters of what an alert says


@dataclass(frozen=True, slots=True)
class Connected:
    """``secret`` is shown here and never again."""

    scanner: Scanner
    secret: str = field(repr=False)


def connect_scanner(*, actor: Actor, org: Organization, name: str) -> Connected:
    """Raises Conflict for a name in use."""
    scanner = Scanner(org=org, name=clean_name(name), key=secrets.token_hex(16))
    secret = secrets.token_urlsafe(32)
    scanner.secret = secret
    with changing_rights(actor, Action.CONNECT_SCANNER, scanner.target) as held:
        try:
            with transaction.atomic():
                scanner.save(force_insert=True)
        except IntegrityError:
            raise Conflict("There is a scanner of that name.", rule="name-taken", extra={"field": "name"}) from None
        record(Action.CONNECT_SCANNER, actor=held, on=scanner.target)
    return Connected(scanner, secret)


def disconnect_scanner(*, actor: Actor, scanner: Scanner) -> None:
    """What it sends is refused from now on."""
    with changing_rights(actor, Action.DISCONNECT_SCANNER, scanner.target) as held:
        deleted, _ = Scanner.objects.filter(pk=scanner.pk, org_id=scanner.org_id).delete()
        if not deleted:
            raise NotFound
        record(Action.DISCONNECT_SCANNER, actor=held, on=scanner.target)


def sender_of(key: str, *, signature: str, body: bytes, origin: Origin) -> Scanner:
    """The scanner that signed the body. Raises Unauthorized, alike for an address that nobody has."""
    scanner = Scanner.objects.select_related("org").filter(key=key).first()
    secret = scanner.secret.reveal() if scanner else secrets.token_urlsafe(32)
    expected = "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()
    if scanner is None or not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
        record_folded(SCANNER_REPORT, origin=origin, reason="bad-signature")
        raise Unauthorized("The signature is not one of a scanner here.", rule="bad-signature")
    return scanner


def receive_alert(scanner: Scanner, document: Mapping[str, Any], *, origin: Origin) -> bool:
    """A ``secret_scanning_alert``. False where it is no news. The event keeps where it was found, never what."""
    alert = document.get("alert")
    if not isinstance(alert, Mapping) or document.get("action") not in TOLD_OF:
        return False
    digests = digests_in(alert["secret"]) if isinstance(alert.get("secret"), str) else []
    where = _text(alert.get("html_url"))
    details: dict[str, JSON] = {
        "what": _text(alert.get("secret_type_display_name") or alert.get("secret_type")),
        "where": where,
        "with_token": bool(digests),
    }
    with transaction.atomic():
        Scanner.objects.filter(pk=scanner.pk).update(last_at=timezone.now())
        actor = Actor(type=system("").type, id=None, name=f"scanner {scanner.name}", origin=origin)
        record(SCANNER_REPORT, actor=actor, on=scanner.target, details=details)
        if digests:
            arguments = {"digests": digests, "block": "", "scanner": str(scanner.pk), "where": where}
            enqueue(LOOK, arguments=arguments, author=None)
    return True


def _text(said: object) -> str:
    return said[:_LIMIT] if isinstance(said, str) else ""
