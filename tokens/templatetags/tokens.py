"""How a token looks in a list: its kind, how far it reaches, and how it stands."""

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from keyvault.actor import TokenKind
from keyvault.templatetags.kv import env, icon
from tokens.models import AccessToken, SealedToken, TokenState

register = template.Library()

_WORDS = {TokenKind.PERSON: "Person", TokenKind.SERVICE: "Service", TokenKind.CI: "CI job", TokenKind.TEAM: "Team"}
_ICONS = {
    TokenKind.PERSON: "user-round",
    TokenKind.SERVICE: "server",
    TokenKind.CI: "git-branch",
    TokenKind.TEAM: "users",
}


@register.simple_tag
def kind_icon(token: AccessToken) -> SafeString:
    return icon(_ICONS[TokenKind(token.kind)])


@register.simple_tag
def kind_word(token: AccessToken) -> str:
    return _WORDS[TokenKind(token.kind)]


@register.simple_tag
def reach(token: AccessToken) -> SafeString | str:
    if token.environment:
        return format_html('{} <span class="quiet">{}</span>', env(token.environment), token.environment.project.slug)
    return f"All of {token.project.slug}" if token.project else "Every project"


@register.simple_tag
def status(token: AccessToken) -> SafeString:
    """A word and a tone. An unopened offer waits for its holder."""
    tone, word, title = _standing(token)
    return format_html('<span class="badge" data-tone="{}" title="{}">{}</span>', tone, title, word)


def _standing(token: AccessToken) -> tuple[str, str, str]:
    if token.state == TokenState.REVOKED:
        return "danger", "Revoked", f"By {token.revoked_by}: {token.revoked_cause}"
    if token.expires_at <= timezone.now():
        return "", "Expired", ""
    if token.state == TokenState.PAUSED:
        return "warn", "Paused", ""
    sealed: SealedToken | None = getattr(token, "sealed", None)
    return ("warn", "Offered", "") if sealed and sealed.offered_to_id else ("ok", "Active", "")
