"""Every status that the description promises can be had, and is had here."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from django.test import override_settings
from django.utils import timezone

from alerts.models import Channel
from alerts.services.answering import resolve_alert
from alerts.services.defaults import make_default_channels
from alerts.services.trying import redeliver
from gateway.models import Limit
from keyvault.api.docs import document
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from orgs.services.policies import change_policy
from tests.api.operations import OPERATIONS, Operation
from tests.api.scene import KEY, undone
from tests.api.stage import StageTestCase
from tests.api.test_foreign import NEVER
from tokens.services import revoke_token

WITH_BODY = {400, 411, 413, 415}
TOO_LARGE = 5 * 1024 * 1024


class DocumentedStatusTests(StageTestCase):
    def test_every_documented_status_of_every_operation(self) -> None:
        for name, statuses in _documented().items():
            for status in sorted(statuses):
                with self.subTest(operation=name, status=status), undone():
                    response = self.produced(name, OPERATIONS[name], status)
                    self.assertEqual(response.status_code, status, response.content[:500])
                    if status >= 400:
                        self.assertEqual(response["Content-Type"], "application/problem+json")

    def produced(self, name: str, operation: Operation, status: int) -> Any:
        by_hand = getattr(self, f"get_{status}", None)
        if by_hand:
            return by_hand(name, operation)
        if status in (409, 412):
            return self.conflict(name, operation, CONFLICTS[status][name])
        return self.perform("olivia", name, operation)

    def get_304(self, name: str, operation: Operation) -> Any:
        return self.perform("olivia", name, operation, **{"If-None-Match": "*"})

    def get_400(self, name: str, operation: Operation) -> Any:
        return self.raw(name, operation, b'{"value": "sk_live')

    def get_401(self, name: str, operation: Operation) -> Any:
        return self.perform(None, name, operation)

    def get_403(self, name: str, operation: Operation) -> Any:
        return self.perform("vera" if operation.holes.get("project") else "team", name, operation)

    def get_404(self, name: str, operation: Operation) -> Any:
        if name == "issue_token":
            return self.post("olivia", operation.path, {**operation.said_by("olivia"), "owner": "nobody@acme.example"})
        if name == "explain_access":
            return self.get("olivia", f"{operation.path}&project=never")
        if name == "change_alert_rule":
            return self.patch("olivia", "/api/v1/alert-rules/never", {})
        if name == "set_limit":
            return self.call("olivia", operation.method, operation.path, {"token": NEVER["token"]})
        if name == "give_host_label":
            return self.post("olivia", operation.path, {"label": "x", "member": "nobody@acme.example"})
        if name == "get_checkpoint":
            return self.get("olivia", f"{operation.path}?since=1")  # nothing is sealed here
        return self.call("olivia", operation.method, operation.path.format(**NEVER), operation.said_by("olivia"))

    def get_411(self, name: str, operation: Operation) -> Any:
        return self.raw(name, operation, b"", headers={"Transfer-Encoding": "chunked"})

    def get_413(self, name: str, operation: Operation) -> Any:
        return self.raw(name, operation, b"{" + b" " * TOO_LARGE + b"}")

    def get_415(self, name: str, operation: Operation) -> Any:
        return self.raw(name, operation, b"value=x", content_type="application/x-www-form-urlencoded")

    def get_422(self, name: str, operation: Operation) -> Any:
        if operation.body is not None:
            return self.raw(name, operation, b'{"nonsense": 1}')
        if "{name}" in operation.path:
            return self.call("olivia", operation.method, operation.path.format(**{**self.holes(), "name": "a/../b"}))
        joint = "&" if "?" in operation.path else "?"
        query = "nonsense=1&page_size=0"
        return self.call("olivia", operation.method, f"{operation.url(**self.holes(name))}{joint}{query}")

    @override_settings(KEYVAULT_TOKEN_RATE=0)
    def get_429(self, name: str, operation: Operation) -> Any:
        return self.perform("olivia", name, operation)

    def conflict(self, name: str, operation: Operation, prepare: "Prepare") -> Any:
        body, holes = prepare(self)
        url = operation.path.format(**{**self.holes(name, "olivia"), **holes})
        said = operation.said_by("olivia") if body is None else body
        return self.call("olivia", operation.method, url, said)

    def raw(
        self, name: str, operation: Operation, body: bytes, content_type: str = "application/json", **more: Any
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens['olivia']}", **more.pop("headers", {})}
        url = operation.url(**self.holes(name))
        return self.client.generic(operation.method, url, body, content_type, headers=headers)


Prepare = Callable[[DocumentedStatusTests], tuple[Any, dict[str, str]]]


def _said(body: Any, **holes: str) -> Prepare:
    return lambda test: (body, holes)


def _stored(secret: str, environment: str, **holes: str) -> Prepare:
    """After something of that name lies there."""

    def prepare(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
        test.stored(secret, Value.text("in the way"), environment)
        return None, holes

    return prepare


def _shared(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
    """Where the organization refuses the same value in two environments."""
    test.stored("elsewhere", Value.text(KEY + "-long-enough"), "staging")
    change_policy(actor=test.actor(test.olivia, stepped_up=True), org=test.acme, refuse_shared_values=True)
    return {"value": KEY + "-long-enough"}, {}


def _brokered(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
    create_secret(
        actor=test.actor(test.olivia),
        environment=test.development,
        name="OPENAI",
        value=Value.text("sk_live_x"),
        kind="brokered",
        provider="openai",
    )
    return {"content": "OPENAI=x\n", "apply": True}, {}


def _restored(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
    """As above, with the value of the first version."""
    test.stored("elsewhere", Value.text("sk_test_the_first"), "staging")
    change_policy(actor=test.actor(test.olivia, stepped_up=True), org=test.acme, refuse_shared_values=True)
    return {"version": 1}, {}


def _for_the_gateway(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
    _brokered(test)
    return {"kind": "secret"}, {"name": "OPENAI"}


def _provider_taken(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
    _brokered(test)
    return {"provider": "openai"}, {}


def _bound(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
    create_secret(
        actor=test.actor(test.olivia),
        environment=test.development,
        name="LLM",
        value=Value.text("sk_live_x"),
        kind="brokered",
        provider="llm",
    )
    return None, {}


def _not_exempt(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
    return None, {"token": str(test.asleep.pk)}


def _no_more_to_exempt(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
    until = (timezone.now() + dt.timedelta(days=30)).date().isoformat()
    return {"reason": "seldom used", "until": until}, _revoked("spare")(test)[1]


def _public(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
    """A token that whoever sees it can use does not go without a budget."""
    limit = Limit.objects.get(token=test.shared)
    return {"token": str(test.shared.id), "requests_per_minute": 60}, {"limit": str(limit.pk)}


def _colliding(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
    for name in ("a-b", "a_b"):
        test.stored(name, Value.text("x"))
    return None, {}


def _revoked(of: str) -> Prepare:
    def prepare(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
        token = getattr(test, of)
        revoke_token(actor=test.actor(test.olivia), token=token, cause="lost")
        return None, {"token": str(token.pk)}

    return prepare


def _resolved(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
    resolve_alert(actor=test.actor(test.olivia), alert=test.alert)
    return None, {}


def _default_channel(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
    """Which is of mail, and stays."""
    make_default_channels()
    return None, {"channel": str(Channel.objects.get(org=test.acme, is_default=True).pk)}


def _sent(test: DocumentedStatusTests) -> tuple[Any, dict[str, str]]:
    redeliver(actor=test.actor(test.olivia), delivery=test.given_up)
    return None, {}


CONFLICTS: dict[int, dict[str, Prepare]] = {
    409: {
        "create_project": _said({"name": "Shop", "slug": "shop"}),
        "delete_project": _said(None, project="shop"),
        "create_environment": _said({"slug": "staging", "tier": "stg"}),
        "delete_environment": _said(None, project="shop"),
        "create_secret": _said({"name": "api-keys/stripe", "value": "x"}),
        "undelete_secret": _stored("api-keys/deleted", "development", name="api-keys/deleted"),
        "copy_secret": _stored("api-keys/stripe", "staging"),
        "move_secret": _stored("api-keys/stripe", "staging"),
        "import_secrets": _brokered,
        "export_secrets": _colliding,
        "add_version": _shared,
        "rotate_secret": _shared,
        "erase_version": _said({"version": 2}),
        "restore_version": _restored,
        "change_secret": _for_the_gateway,
        "create_service_identity": _said({"name": "CI", "slug": "ci"}),
        "issue_token": _said({"kind": "person", "name": "Olivia's laptop", "verbs": ["list"], "lifetime": 3600}),
        "narrow_token": _said({"verbs": ["list", "read"]}),
        "pause_token": _revoked("spare"),
        "resume_token": _revoked("asleep"),
        "replace_token": _revoked("spare"),
        "copy_team_token": _revoked("shared"),
        "copy_token_snippet": _revoked("shared"),
        "keep_token": _revoked("spare"),
        "exempt_token": _no_more_to_exempt,
        "end_exemption": _not_exempt,
        "bind_secret": _provider_taken,
        "create_stream": _said({"kind": "syslog", "name": "Archive", "place": "siem.example.com:6514"}),
        "connect_scanner": _said({"name": "Our repositories"}),
        "set_limit": _public,
        "remove_limit": _public,
        "add_upstream": _said({"slug": "llm", "title": "x", "base": "https://x.acme.example", "slots": ["bearer"]}),
        "delete_upstream": _bound,
        "give_host_label": _said({"label": "robot", "member": "dev@acme.example"}),
        "acknowledge_alert": _resolved,
        "create_alert_channel": _said({"kind": "email", "name": "Security"}),
        "change_alert_channel": _said({"name": "Pager"}),
        "delete_alert_channel": _default_channel,
        "replace_alert_channel_secret": _default_channel,
        "redeliver_alerts": _sent,
    },
    412: {
        "add_version": _said({"value": "x", "expected_version": 1}),
        "rotate_secret": _said({"value": "x", "expected_version": 1}),
    },
}


def _documented() -> dict[str, set[int]]:
    return {
        operation["operationId"]: {int(status) for status in operation["responses"] if status != "default"}
        for methods in json.loads(document())["paths"].values()
        for operation in methods.values()
    }
