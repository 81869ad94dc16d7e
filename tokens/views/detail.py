"""One token: what it may, who answers for it, how it was used, and what can be done with it."""

import datetime as dt
from collections import Counter
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit.models import Event
from audit.views.lines import lines_of
from gateway.snippets import lines_for, written
from keyvault.console.desk import page
from keyvault.flows.looking import look
from orgs.permissions import Action
from tokens.models import AccessToken, TokenState
from tokens.views.desk import TokenDesk, named_token, token_desk
from tokens.views.forms import ReplaceForm, RevokeForm

_DAYS = 14
_MOST = 5000
"""Events that the history looks at, the last ones: so a busy token's page costs no more than another's."""
_SHOWN = 20


@login_required
@never_cache
@require_safe
def token(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    desk = token_desk(request, org)
    found = named_token(desk, token_id)
    look(actor=desk.actor, action=desk.looking, on=found.target, details={"of": "token"})
    return token_page(request, desk, found)


def token_page(
    request: HttpRequest,
    desk: TokenDesk,
    token: AccessToken,
    *,
    replace: ReplaceForm | None = None,
    revoke: RevokeForm | None = None,
) -> HttpResponse:
    live = token.state != TokenState.REVOKED and token.expires_at > timezone.now()
    facts = {
        "token": token,
        "live": live,
        "may_change": live and desk.may_change(token),
        "may_revoke": live and desk.may_revoke(token),
        "children": AccessToken.objects.visible_to(desk.actor).filter(parent=token).order_by("name"),
        "replaces": AccessToken.objects.visible_to(desk.actor).filter(replaced_by=token).first(),
        "replace_form": replace or ReplaceForm(),
        "env": _env(token) if live else "",
        **(_history(desk, token) if desk.may(Action.LIST_EVENTS) else {}),
    }
    bound = any(form is not None and form.is_bound for form in (replace, revoke))
    return page(request, desk, "tokens/token.html", facts, at="api-keys", status=422 if bound else 200)


def _env(token: AccessToken) -> str:
    """With a placeholder: the value is shown by an act of its own, if at all."""
    lines = lines_for(token)
    return written(token, lines, None) if lines else ""


def _history(desk: TokenDesk, token: AccessToken) -> dict[str, object]:
    """Uses by day, refusals by rule, and the last events; for who may read the log."""
    start = timezone.now() - dt.timedelta(days=_DAYS)
    mine = Event.objects.visible_to(desk.actor).of_token(token.pk)
    recent = mine.between(start).filter(token_id=token.pk).order_by("-id")
    uses = list(recent.values_list("at", "outcome", "reason")[:_MOST])
    days = Counter(at.date() for at, _, _ in uses)
    today = timezone.now().date()
    return {
        "days": [days[today - dt.timedelta(days=back)] for back in reversed(range(_DAYS))],
        "uses": len(uses),
        "refusals": Counter(reason for _, outcome, reason in uses if outcome == "denied").most_common(5),
        "lines": lines_of(list(mine.order_by("-id")[:_SHOWN]), grouped=True),
    }
