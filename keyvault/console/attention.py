"""What needs somebody: the worst first, and of like ones the oldest. Each says where it is settled."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.attention import needing_attention
from alerts.catalogue import Severity
from alerts.models import Alert
from audit.views.standing import standing_of
from keyvault.console.desk import Desk
from keyvault.secrets.models import Secret
from keyvault.secrets.services.duplicates import production_values_elsewhere
from orgs.permissions import Action
from tokens.models import AccessToken
from tokens.staleness import listed_for_review

_EACH = 4
_DUE_IN = dt.timedelta(days=14)
_ENDING_IN = dt.timedelta(days=7)
_HARM = ("danger", "warn", "info")


@dataclass(frozen=True, slots=True)
class Item:
    """``tone`` is how bad it is: danger, warn or info. ``act`` is the label of the way to ``address``."""

    tone: str
    icon: str
    title: str
    about: str
    address: str
    act: str
    since: dt.datetime | None = None


def items_of(desk: Desk) -> list[Item]:
    found = [
        *(_alerts(desk) if desk.may(Action.LIST_ALERTS) else ()),
        *(_channels(desk) if desk.may(Action.LIST_ALERT_CHANNELS) else ()),
        *(_log(desk) if desk.may(Action.LIST_EVENTS) else ()),
        *(_rotations(desk) if desk.may(Action.LIST_SECRETS) else ()),
        *_shared_values(desk),
        *(_tokens(desk) if desk.may(Action.LIST_TOKENS) else ()),
    ]
    latest = timezone.now()
    return sorted(found, key=lambda item: (_HARM.index(item.tone), item.since or latest))


def _alerts(desk: Desk) -> Iterator[Item]:
    bad = Alert.objects.visible_to(desk.actor).unresolved().filter(severity__in=(Severity.WARNING, Severity.CRITICAL))
    for alert in bad.order_by("first_at")[:_EACH]:
        tone = "danger" if alert.severity == Severity.CRITICAL else "warn"
        address = reverse("alert", args=[desk.org.slug, alert.pk])
        yield Item(tone, "bell", alert.title, alert.sentence, address, _("Look"), alert.first_at)


def _channels(desk: Desk) -> Iterator[Item]:
    address = reverse("alert-channels", args=[desk.org.slug])
    for trouble in needing_attention(desk.org):
        about = _("An alert that reaches nobody is none.")
        yield Item("warn", "triangle-alert", trouble.sentence, about, address, _("Channels"), trouble.since)


def _log(desk: Desk) -> Iterator[Item]:
    standing, address = standing_of(desk.org.pk), reverse("audit", args=[desk.org.slug])
    if standing.state == "trouble":
        title = _("The audit log does not agree with its seal")
        yield Item("danger", "shield-alert", title, _("An operator has to look at it now."), address, _("Audit log"))
    elif standing.state == "late":
        title, about = _("The audit log waits for its seal"), _("The sealer has not looked at it for a while.")
        yield Item("warn", "shield-alert", title, about, address, _("Audit log"), standing.looked_at)


def _rotations(desk: Desk) -> Iterator[Item]:
    """One line for each project that has any."""
    today, place = timezone.now().date(), "environment__project__slug"
    due = Secret.objects.visible_to(desk.actor).live().filter(rotate_by__lte=today + _DUE_IN).order_by()
    by_project = due.values_list(place).annotate(first=Min("rotate_by"), count=Count("id")).order_by("first")
    for project, first, count in by_project[:_EACH]:
        one, many = _("%(n)d secret of %(project)s is due"), _("%(n)d secrets of %(project)s are due")
        title = (one if count == 1 else many) % {"n": count, "project": project}
        over = first <= today
        about = (_("Rotation was due on %(day)s") if over else _("Rotate by %(day)s")) % {"day": first}
        address = f"{reverse('project', args=[desk.org.slug, project])}?show=due"
        since = dt.datetime.combine(first, dt.time(), dt.UTC)
        yield Item("warn" if over else "info", "hourglass", title, about, address, _("Rotate"), since)


def _shared_values(desk: Desk) -> Iterator[Item]:
    """Among what the member may read on both sides: of production only shortly after a second factor."""
    for project, names in production_values_elsewhere(desk.actor).items():
        one, many = _("%(n)d production value is used elsewhere"), _("%(n)d production values are used elsewhere")
        title = (one if len(names) == 1 else many) % {"n": len(names)}
        about = f"{project} · {', '.join(names[:_EACH])}"
        address = f"{reverse('project', args=[desk.org.slug, project])}?show=same"
        yield Item("warn", "circle-alert", title, about, address, _("Compare"))


def _tokens(desk: Desk) -> Iterator[Item]:
    tokens, address = AccessToken.objects.visible_to(desk.actor), reverse("api-keys", args=[desk.org.slug])
    soon = tokens.live().filter(expires_at__lte=timezone.now() + _ENDING_IN, replaced_by=None)
    if ending := list(soon.order_by("expires_at")[: _EACH + 1]):
        count = f"{_EACH}+" if len(ending) > _EACH else str(len(ending))
        names = ", ".join(token.name for token in ending[:_EACH])
        title = _("Tokens that end within 7 days: %(n)s") % {"n": count}
        yield Item("info", "clock", title, names, f"{address}?sort=expiry", _("Look"))
    if unused := listed_for_review(tokens.live()).count():
        one, many = _("%(n)d token lies unused"), _("%(n)d tokens lie unused")
        title = (one if unused == 1 else many) % {"n": unused}
        about = _("What stays unused is paused, and revoked later.")
        yield Item("info", "clock", title, about, reverse("token-review", args=[desk.org.slug]), _("Review"))
