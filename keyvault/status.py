"""How the installation is, in words for anybody: no name, no address, no count of anything inside."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit import standing
from audit.models import Sealer
from gateway.models import Worker
from keyvault import health
from keyvault.jobs.models import Job
from keyvault.latest import Latest

_FRESH = 10.0  # seconds
_LATE_JOB = dt.timedelta(minutes=5)
_OF_THE_SITE = ("database", "installation", "migrations", "audit partitions", "key ring")


@dataclass(frozen=True, slots=True)
class Component:
    """``tone`` is ok, warn or danger."""

    title: str | Promise
    about: str | Promise
    tone: str
    state: str | Promise


@never_cache
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """503 where nothing can be read: for who watches the page instead of ``/readyz``."""
    seen = _latest.current()
    return render(request, "status.html", seen, status=503 if seen["down"] else 200)


def look() -> dict[str, object]:
    checks = health.latest()
    down = any(checks[name] for name in _OF_THE_SITE)
    site = Component(_("Site and API"), _("Sign-in, console, values"), *_word(down))
    components = [site, *([] if checks["database"] else _behind())]
    return {
        "components": components,
        "down": down,
        "well": all(each.tone == "ok" for each in components),
        "at": timezone.now(),
    }


def _behind() -> Iterator[Component]:
    """What goes on behind the pages, as the database tells of it."""
    try:
        working = Worker.objects.filter(lease_until__gt=timezone.now()).exists()
        late = Job.objects.due().filter(run_after__lt=timezone.now() - _LATE_JOB).exists()
        sealer, notices = Sealer.objects.first(), standing.notices()
    except Error:
        return
    yield Component(_("Gateway"), _("Requests to providers with a token"), *_word(not working))
    yield Component(_("Jobs"), _("Mails, alerts, what the calendar asks for"), *_word(False, late=late))
    tone, state = _word(bool(sealer and sealer.trouble), late=bool(notices))
    yield Component(_("Audit log"), _lag(sealer), tone, state)


def _word(down: bool, *, late: bool = False) -> tuple[str, str | Promise]:
    if down:
        return "danger", _("Does not work")
    return ("warn", _("Late")) if late else ("ok", _("Works"))


def _lag(sealer: Sealer | None) -> str | Promise:
    if sealer is None:
        return _("Never sealed yet")
    minutes = int((timezone.now() - sealer.looked_at).total_seconds() // 60)
    return _("Sealed less than a minute ago") if minutes < 1 else _("Sealed %(n)d min ago") % {"n": minutes}


_latest = Latest(look, _FRESH)
