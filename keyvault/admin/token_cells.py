"""How tokens stand in lists and details: never more of one than its masked form."""

from django.utils import timezone
from django.utils.safestring import SafeString

from audit.models import Event
from audit.newest import newest
from keyvault.actor import TokenKind
from keyvault.admin import cells
from keyvault.admin.parts import Cell
from tokens.models import AccessToken, TokenState

_SHOWN_EVENTS = 50
KINDS = {
    TokenKind.PERSON: "Person",
    TokenKind.SERVICE: "Service",
    TokenKind.CI: "CI job",
    TokenKind.TEAM: "Team",
}


def owner_of(token: AccessToken) -> str:
    if token.membership:
        return token.membership.user.email
    return token.service.slug if token.service else "team"


def place_of(token: AccessToken) -> Cell:
    if token.environment and token.project:
        return f"{token.project.slug} / {token.environment.slug}"
    return f"{token.project.slug} / all" if token.project else "all"


def binding(token: AccessToken) -> list[tuple[str, Cell]]:
    return [
        ("Environment", place_of(token)),
        ("Paths", cells.words(*token.prefixes)),
        ("Permits", cells.words(*token.verbs)),
        ("Reveals production", "yes" if token.may_reveal_production else "no"),
        ("Networks", cells.words(*token.networks)),
        ("Origins", cells.words(*token.origins)),
    ]


def use(token: AccessToken) -> list[tuple[str, Cell]]:
    if not hasattr(token, "use"):
        return [("Last used", "Never")]
    return [
        ("Last used", cells.moment(token.use.last_at)),
        ("From", token.use.address or cells.NOTHING),
        ("By", token.use.agent or cells.NOTHING),
        ("Requests", token.use.count),
    ]


def history(token: AccessToken) -> list[Event]:
    """What was done with it and to it."""
    events = Event.objects.filter(org_id=token.org_id)
    return newest([events.filter(token_id=token.pk), events.filter(target_token_id=token.pk)], limit=_SHOWN_EVENTS)


def status_badge(token: AccessToken) -> SafeString:
    if token.state == TokenState.REVOKED:
        return cells.badge("Revoked", "danger")
    if token.expires_at <= timezone.now():
        return cells.badge("Expired", "plain")
    return cells.badge("Paused", "warn") if token.state == TokenState.PAUSED else cells.badge("Active", "ok")
