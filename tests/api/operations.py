"""Every operation of the API: how to call it, what it is decided as, and the events that it leaves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from orgs.permissions import Action

PROJECT = "/api/v1/projects/{project}"
PLACE = PROJECT + "/environments/{environment}"
TOKEN = "/api/v1/tokens/{token}"
ALERT = "/api/v1/alerts/{alert}"
UPSTREAM = "/api/v1/upstreams/{upstream}"
CHANNEL = "/api/v1/alert-channels/{channel}"

Body = Any | Callable[[str], Any]
"""What to send; where it depends on who calls, a function of the caller's name."""


@dataclass(frozen=True, slots=True)
class Operation:
    """``action`` and ``on`` (an attribute of the stage, or ``reach``) say what is decided; ``on`` empty: by hand.
    ``also`` is a second decision, at the other end.

    ``events`` are those of a success, ``status`` its status. ``holes`` replace parts of the path.
    """

    method: str
    path: str
    action: Action | None = None
    on: str = ""
    events: tuple[str, ...] = ()
    status: int = 200
    body: Body = None
    also: tuple[Action, str] | None = None
    holes: dict[str, str] = field(default_factory=dict)

    def url(self, **holes: str) -> str:
        return self.path.format(**{**holes, **self.holes})

    def said_by(self, who: str) -> Any:
        return self.body(who) if callable(self.body) else self.body


def _child(who: str) -> dict[str, Any]:
    """What a caller may issue: its own kind, for itself."""
    if who == "team":
        place = {"project": "shop", "environment": "development", "networks": ["127.0.0.0/8"]}
        return {"kind": "team", "name": "A child of team", "lifetime": 3600, **place}
    own = {"kind": "service", "owner": who} if who in ("ci", "robot") else {"kind": "person"}
    return {**own, "name": f"A child of {who}", "verbs": ["list"], "lifetime": 3600}


def _exemption(who: str) -> dict[str, Any]:
    return {"reason": "A yearly job", "until": timezone.now().date().isoformat()}


_NEW = {"value": "sk_test_a_new_one"}
_CAUSE = {"cause": "The laptop was lost"}

OPERATIONS: dict[str, Operation] = {
    # Organization
    "whoami": Operation("GET", "/api/v1/whoami", Action.VIEW_ORGANIZATION, "acme"),
    "get_organization": Operation("GET", "/api/v1/organization", Action.VIEW_ORGANIZATION, "acme"),
    "list_sessions": Operation("GET", "/api/v1/sessions", Action.LIST_SESSIONS, "acme", ("session:list",)),
    "end_session": Operation("DELETE", "/api/v1/sessions/{session}", status=204),
    "list_members": Operation("GET", "/api/v1/members", Action.LIST_MEMBERS, "reach", ("member:list",)),
    "get_member": Operation("GET", "/api/v1/members/{member}", Action.LIST_MEMBERS, "acme", ("member:list",)),
    "preview_offboarding": Operation(
        "GET", "/api/v1/members/{member}/offboarding", Action.PREVIEW_OFFBOARDING, "acme", ("offboarding:preview",)
    ),
    "end_member_sessions": Operation(
        "DELETE",
        "/api/v1/members/{member}/sessions",
        Action.END_MEMBERS_SESSIONS,
        "acme",
        ("session:end", "member:end-sessions"),
    ),
    "list_invitations": Operation("GET", "/api/v1/invitations", Action.LIST_INVITATIONS, "reach", ("invitation:list",)),
    "get_invitation": Operation(
        "GET", "/api/v1/invitations/{invitation}", Action.LIST_INVITATIONS, "acme", ("invitation:list",)
    ),
    "list_offboardings": Operation(
        "GET", "/api/v1/offboardings", Action.LIST_OFFBOARDINGS, "reach", ("offboarding:list",)
    ),
    "get_offboarding": Operation(
        "GET", "/api/v1/offboardings/{offboarding}", Action.LIST_OFFBOARDINGS, "acme", ("offboarding:list",)
    ),
    "list_teams": Operation("GET", "/api/v1/teams", Action.LIST_TEAMS, "reach", ("team:list",)),
    "get_team": Operation("GET", "/api/v1/teams/{team}", Action.LIST_TEAMS, "acme", ("team:list",)),
    "list_scim_tokens": Operation("GET", "/api/v1/scim-tokens", Action.LIST_SCIM_TOKENS, "reach", ("scim-token:list",)),
    "list_connections": Operation("GET", "/api/v1/sso/connections", Action.LIST_SIGN_ON, "reach", ("sso:list",)),
    "get_connection": Operation(
        "GET", "/api/v1/sso/connections/{connection}", Action.LIST_SIGN_ON, "acme", ("sso:list",)
    ),
    "list_domains": Operation("GET", "/api/v1/sso/domains", Action.LIST_SIGN_ON, "reach", ("sso:list",)),
    "list_grants": Operation("GET", "/api/v1/grants", Action.LIST_GRANTS, "reach", ("grant:list",)),
    "explain_access": Operation(
        "GET", "/api/v1/access?action=secret:reveal", Action.EXPLAIN_ACCESS, "acme", ("access:explain",)
    ),
    # Projects
    "list_projects": Operation("GET", "/api/v1/projects", Action.LIST_PROJECTS, "reach"),
    "create_project": Operation(
        "POST", "/api/v1/projects", Action.CREATE_PROJECT, "acme", ("project:create",), 201, {"name": "Blog"}
    ),
    "get_project": Operation("GET", PROJECT, Action.LIST_PROJECTS, "shop"),
    "change_project": Operation(
        "PATCH", PROJECT, Action.CHANGE_PROJECT, "shop", ("project:change",), body={"note": "Sells things"}
    ),
    "delete_project": Operation(
        "DELETE",
        PROJECT,
        Action.DELETE_PROJECT,
        "empty_project",
        ("project:delete",),
        204,
        holes={"project": "empty"},
    ),
    "find_duplicates": Operation("GET", PROJECT + "/duplicates", Action.LIST_PROJECTS, "shop", ("secret:duplicates",)),
    "list_environments": Operation("GET", PROJECT + "/environments", Action.LIST_PROJECTS, "shop"),
    "create_environment": Operation(
        "POST",
        PROJECT + "/environments",
        Action.CREATE_ENVIRONMENT,
        "shop",
        ("environment:create",),
        201,
        {"slug": "preview", "tier": "dev"},
    ),
    "get_environment": Operation("GET", PLACE, Action.LIST_PROJECTS, "development"),
    "change_environment": Operation(
        "PATCH", PLACE, Action.CHANGE_ENVIRONMENT, "development", ("environment:change",), body={"name": "Dev"}
    ),
    "delete_environment": Operation(
        "DELETE",
        PLACE,
        Action.DELETE_ENVIRONMENT,
        "empty_environment",
        ("environment:delete",),
        204,
        holes={"project": "empty"},
    ),
    # Secrets
    "list_secrets": Operation("GET", PLACE + "/secrets", Action.LIST_SECRETS, "development", ("secret:list",)),
    "create_secret": Operation(
        "POST",
        PLACE + "/secrets",
        Action.CREATE_SECRET,
        "new_secret",
        ("secret:create",),
        201,
        {"name": "api-keys/new", "value": "sk_test_new"},
    ),
    "get_secret": Operation("GET", PLACE + "/secrets/{name}", Action.LIST_SECRETS, "stripe", ("secret:list",)),
    "change_secret": Operation(
        "PATCH", PLACE + "/secrets/{name}", Action.CHANGE_SECRET, "stripe", ("secret:change",), body={"note": "Test"}
    ),
    "delete_secret": Operation(
        "DELETE", PLACE + "/secrets/{name}", Action.DELETE_SECRET, "stripe", ("secret:delete",), 204
    ),
    "undelete_secret": Operation(
        "POST",
        PLACE + "/undeletions/{name}",
        Action.UNDELETE_SECRET,
        "deleted",
        ("secret:undelete",),
        holes={"name": "api-keys/deleted"},
    ),
    "list_deleted_secrets": Operation(
        "GET", PLACE + "/deleted-secrets", Action.LIST_SECRETS, "development", ("secret:list",)
    ),
    "purge_secret": Operation(
        "POST",
        PLACE + "/purges/{name}",
        Action.PURGE_SECRET,
        "deleted",
        ("secret:purge",),
        204,
        holes={"name": "api-keys/deleted"},
    ),
    "copy_secret": Operation(
        "POST",
        PLACE + "/copies/{name}",
        Action.COPY_SECRET,
        "stripe",
        ("secret:copy", "secret:create"),
        201,
        {"environment": "staging"},
        also=(Action.CREATE_SECRET, "staged"),
    ),
    "move_secret": Operation(
        "POST",
        PLACE + "/moves/{name}",
        Action.MOVE_SECRET,
        "stripe",
        ("secret:move", "secret:create"),
        201,
        {"environment": "staging"},
        also=(Action.CREATE_SECRET, "staged"),
    ),
    # Values
    "reveal_secret": Operation("GET", PLACE + "/values/{name}", Action.REVEAL_SECRET, "stripe", ("secret:reveal",)),
    "reveal_environment": Operation(
        "GET",
        PLACE + "/values",
        Action.REVEAL_SECRET,
        "development",
        ("secret:reveal-many", "secret:reveal"),
    ),
    "reveal_secrets": Operation(
        "POST",
        PLACE + "/values",
        Action.REVEAL_SECRET,
        "stripe",
        ("secret:reveal-many", "secret:reveal"),
        body={"names": ["api-keys/stripe"]},
    ),
    "import_secrets": Operation(
        "POST",
        PLACE + "/imports",
        Action.IMPORT_SECRETS,
        "imported",
        ("secret:import", "secret:create"),
        body={"content": "SENTRY_DSN=https://x@sentry.example/1\n", "apply": True},
    ),
    "export_secrets": Operation(
        "POST",
        PLACE + "/exports",
        Action.EXPORT_SECRETS,
        "development",
        ("secret:export-many", "secret:export"),
        body={"format": "json"},
    ),
    # Versions
    "list_versions": Operation("GET", PLACE + "/versions/{name}", Action.LIST_SECRETS, "stripe", ("secret:list",)),
    "add_version": Operation(
        "POST", PLACE + "/versions/{name}", Action.ADD_VERSION, "stripe", ("secret:version",), 201, _NEW
    ),
    "rotate_secret": Operation(
        "POST", PLACE + "/rotations/{name}", Action.ROTATE_SECRET, "stripe", ("secret:rotate",), 201, _NEW
    ),
    "bind_secret": Operation(
        "POST",
        PLACE + "/bindings/{name}",
        Action.BIND_SECRET,
        "stripe",
        ("secret:bind",),
        body={"provider": "stripe"},
    ),
    "restore_version": Operation(
        "POST",
        PLACE + "/restorations/{name}",
        Action.RESTORE_VERSION,
        "stripe",
        ("secret:restore",),
        body={"version": 1},
    ),
    "erase_version": Operation(
        "POST", PLACE + "/erasures/{name}", Action.ERASE_VERSION, "stripe", ("secret:erase",), 204, {"version": 1}
    ),
    # Tokens
    "list_service_identities": Operation(
        "GET", "/api/v1/service-identities", Action.LIST_TOKENS, "reach", ("token:list",)
    ),
    "get_service_identity": Operation(
        "GET", "/api/v1/service-identities/{service}", Action.LIST_TOKENS, "acme", ("token:list",)
    ),
    "create_service_identity": Operation(
        "POST",
        "/api/v1/service-identities",
        Action.MANAGE_SERVICE_IDENTITY,
        "acme",
        ("service:manage",),
        201,
        {"name": "Nightly job"},
    ),
    "rename_service_identity": Operation(
        "PATCH",
        "/api/v1/service-identities/{service}",
        Action.MANAGE_SERVICE_IDENTITY,
        "acme",
        ("service:manage",),
        body={"name": "Nightly job"},
    ),
    "disable_service_identity": Operation(
        "PUT",
        "/api/v1/service-identities/{service}/disablement",
        Action.MANAGE_SERVICE_IDENTITY,
        "acme",
        ("service:manage", "token:revoke"),
        body=_CAUSE,
    ),
    # Usage
    "get_usage": Operation("GET", "/api/v1/usage", Action.LIST_USAGE, "reach", ("usage:list",)),
    "export_usage": Operation("GET", "/api/v1/usage-export", Action.LIST_USAGE, "reach", ("usage:list",)),
    "export_chargeback": Operation(
        "GET", "/api/v1/chargeback?month=2026-11", Action.EXPORT_CHARGEBACK, "reach", ("usage:chargeback",)
    ),
    "list_limits": Operation("GET", "/api/v1/limits", Action.LIST_LIMITS, "reach", ("limit:list",)),
    "set_limit": Operation(
        "PUT", "/api/v1/limits", Action.SET_LIMIT, "acme", ("limit:set",), body={"requests_per_minute": 600}
    ),
    "remove_limit": Operation(
        "DELETE", "/api/v1/limits/{limit}", Action.REMOVE_LIMIT, "acme", ("limit:remove",), status=204
    ),
    "get_providers": Operation("GET", "/api/v1/providers", Action.LIST_UPSTREAMS, "reach", ("upstream:list",)),
    "list_upstreams": Operation("GET", "/api/v1/upstreams", Action.LIST_UPSTREAMS, "reach", ("upstream:list",)),
    "add_upstream": Operation(
        "POST",
        "/api/v1/upstreams",
        Action.ADD_UPSTREAM,
        "acme",
        ("upstream:add",),
        201,
        {"slug": "models", "title": "Our models", "base": "https://models.acme.example", "slots": ["bearer"]},
    ),
    "get_upstream": Operation("GET", UPSTREAM, Action.LIST_UPSTREAMS, "acme", ("upstream:list",)),
    "change_upstream": Operation(
        "PATCH", UPSTREAM, Action.CHANGE_UPSTREAM, "acme", ("upstream:change",), body={"enabled": False}
    ),
    "delete_upstream": Operation("DELETE", UPSTREAM, Action.DELETE_UPSTREAM, "acme", ("upstream:delete",), status=204),
    "list_host_labels": Operation("GET", "/api/v1/host-labels", Action.LIST_HOST_LABELS, "reach", ("host-label:list",)),
    "give_host_label": Operation(
        "POST",
        "/api/v1/host-labels",
        Action.GIVE_HOST_LABEL,
        "acme",
        ("host-label:give",),
        201,
        {"label": "dev", "member": "dev@acme.example"},
    ),
    "take_host_label": Operation(
        "DELETE", "/api/v1/host-labels/{label}", Action.TAKE_HOST_LABEL, "acme", ("host-label:take",), status=204
    ),
    "list_tokens": Operation("GET", "/api/v1/tokens", Action.LIST_TOKENS, "reach", ("token:list",)),
    "get_token": Operation("GET", TOKEN, Action.LIST_TOKENS, "spare", ("token:list",)),
    "issue_token": Operation("POST", "/api/v1/tokens", status=201, body=_child),
    "narrow_token": Operation("PATCH", TOKEN, body={"networks": ["127.0.0.0/8"]}),
    "pause_token": Operation("PUT", TOKEN + "/pause", body={}),
    "resume_token": Operation("DELETE", TOKEN + "/pause"),
    "revoke_token": Operation("PUT", TOKEN + "/revocation", body=_CAUSE),
    "revoke_own_token": Operation("PUT", "/api/v1/tokens/self/revocation", body=_CAUSE),
    "replace_token": Operation("POST", TOKEN + "/replacements", status=201, body={}),
    "copy_team_token": Operation("POST", TOKEN + "/value"),
    "get_token_snippet": Operation("GET", TOKEN + "/snippet", Action.LIST_TOKENS, "spare", ("token:list",)),
    "copy_token_snippet": Operation("POST", TOKEN + "/snippet"),
    "show_token_keys": Operation("GET", TOKEN + "/keys"),
    "pause_environment": Operation(
        "PUT", PLACE + "/token-pause", Action.CHANGE_TOKEN, "development", ("token:change",), body={}
    ),
    "resume_environment": Operation(
        "DELETE", PLACE + "/token-pause", Action.CHANGE_TOKEN, "development", ("token:change",)
    ),
    "revoke_environment": Operation(
        "POST", PLACE + "/token-revocations", Action.REVOKE_ANY_TOKEN, "development", ("token:revoke",), body=_CAUSE
    ),
    # Alerts
    "list_alerts": Operation("GET", "/api/v1/alerts", Action.LIST_ALERTS, "reach", ("alert:list",)),
    "get_alert": Operation("GET", ALERT, Action.LIST_ALERTS, "acme", ("alert:list",)),
    "acknowledge_alert": Operation(
        "PUT", ALERT + "/acknowledgement", Action.ACKNOWLEDGE_ALERT, "acme", ("alert:acknowledge",), body={}
    ),
    "resolve_alert": Operation("PUT", ALERT + "/resolution", Action.RESOLVE_ALERT, "acme", ("alert:resolve",), body={}),
    "get_alert_rules": Operation("GET", "/api/v1/alert-rules", Action.LIST_ALERTS, "acme", ("alert:list",)),
    "change_alert_rule": Operation(
        "PATCH",
        "/api/v1/alert-rules/odd-hours",
        Action.CHANGE_ALERT_RULE,
        "acme",
        ("alert-rule:change",),
        body={"enabled": False},
    ),
    "get_alert_calendar": Operation("GET", "/api/v1/alert-calendar", Action.LIST_ALERTS, "acme", ("alert:list",)),
    "change_alert_calendar": Operation(
        "PATCH",
        "/api/v1/alert-calendar",
        Action.CHANGE_ALERT_CALENDAR,
        "acme",
        ("alert-calendar:change",),
        body={"time_zone": "Europe/London"},
    ),
    "list_alert_channels": Operation(
        "GET", "/api/v1/alert-channels", Action.LIST_ALERT_CHANNELS, "acme", ("alert-channel:list",)
    ),
    "create_alert_channel": Operation(
        "POST",
        "/api/v1/alert-channels",
        Action.CREATE_ALERT_CHANNEL,
        "acme",
        ("alert-channel:create",),
        201,
        {"kind": "webhook", "name": "Night shift", "url": "https://hooks.acme.example/kv"},
    ),
    "get_alert_channel": Operation("GET", CHANNEL, Action.LIST_ALERT_CHANNELS, "acme", ("alert-channel:list",)),
    "change_alert_channel": Operation(
        "PATCH", CHANNEL, Action.CHANGE_ALERT_CHANNEL, "acme", ("alert-channel:change",), body={"least": "critical"}
    ),
    "delete_alert_channel": Operation(
        "DELETE", CHANNEL, Action.DELETE_ALERT_CHANNEL, "acme", ("alert-channel:delete",), 204
    ),
    "replace_alert_channel_secret": Operation(
        "POST", CHANNEL + "/secret", Action.CHANGE_ALERT_CHANNEL, "acme", ("alert-channel:change",), 201
    ),
    "test_alert_channel": Operation(
        "POST",
        CHANNEL + "/test",
        Action.TEST_ALERT_CHANNEL,
        "acme",
        ("alert-channel:test", "alert:deliver"),
        201,
    ),
    "list_alert_deliveries": Operation(
        "GET", "/api/v1/alert-deliveries", Action.LIST_ALERT_CHANNELS, "acme", ("alert-channel:list",)
    ),
    "redeliver_alerts": Operation(
        "POST",
        "/api/v1/alert-deliveries/{delivery}/redelivery",
        Action.REDELIVER_ALERTS,
        "acme",
        ("alert-channel:redeliver",),
        201,
    ),
    # Unused and leaked
    "list_token_reviews": Operation("GET", "/api/v1/token-reviews", Action.LIST_TOKENS, "reach", ("token:list",)),
    "keep_token": Operation("PUT", TOKEN + "/keep"),
    "exempt_token": Operation("PUT", TOKEN + "/exemption", body=_exemption),
    "end_exemption": Operation("DELETE", TOKEN + "/exemption"),
    "search_leaks": Operation(
        "POST", "/api/v1/leaks", Action.SEARCH_LEAKS, "reach", ("leak:search",), body={"text": "KEY=sk_test_nothing"}
    ),
    "list_scanners": Operation("GET", "/api/v1/scanners", Action.LIST_SCANNERS, "reach", ("scanner:list",)),
    "connect_scanner": Operation(
        "POST", "/api/v1/scanners", Action.CONNECT_SCANNER, "acme", ("scanner:connect",), 201, {"name": "GitHub"}
    ),
    "disconnect_scanner": Operation(
        "DELETE", "/api/v1/scanners/{scanner}", Action.DISCONNECT_SCANNER, "acme", ("scanner:disconnect",), 204
    ),
    # The log
    "list_events": Operation("GET", "/api/v1/events", Action.LIST_EVENTS, "reach", ("event:list",)),
    "get_event": Operation("GET", "/api/v1/events/{event}", Action.LIST_EVENTS, "reach", ("event:list",)),
    "prove_event": Operation("GET", "/api/v1/events/{event}/proof", Action.PROVE_EVENTS, "reach", ("event:prove",)),
    "list_streams": Operation("GET", "/api/v1/streams", Action.LIST_STREAMS, "reach", ("stream:list",)),
    "create_stream": Operation(
        "POST",
        "/api/v1/streams",
        Action.CREATE_STREAM,
        "acme",
        ("stream:create",),
        201,
        {"kind": "syslog", "name": "SIEM", "place": "siem.example.com:6514"},
    ),
    "delete_stream": Operation(
        "DELETE", "/api/v1/streams/{stream}", Action.DELETE_STREAM, "acme", ("stream:delete",), 204
    ),
    "get_checkpoint": Operation("GET", "/api/v1/checkpoint", Action.PROVE_EVENTS, "reach", ("event:prove",)),
}
