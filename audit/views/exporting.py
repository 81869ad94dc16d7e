"""Taking the log away: lines for other tools, in the order in which it is sealed."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit import listing
from audit.views.standing import standing_of
from keyvault.console.desk import desk_in, page
from keyvault.flows.looking import look
from orgs.permissions import Action

_TYPES = {"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest, org: str) -> HttpResponseBase:
    """The event of it is committed before the first line is read."""
    desk = desk_in(request, org)
    chosen = request.POST.get("format", "") if request.method == "POST" else ""
    look(actor=desk.actor, action=Action.LIST_EVENTS, on=desk.org.target, details={"of": "export", "format": chosen})
    if chosen not in listing.FORMATS:
        facts = {"standing": standing_of(desk.org.pk)}
        return page(
            request,
            desk,
            "audit/export.html",
            facts,
            at="audit",
            fragment="audit/_export.html",
            status=422 if request.method == "POST" else 200,
        )
    lines = (line.encode() for line in listing.lines(chosen, desk.org.pk))
    name = f"{desk.org.slug}-audit.{chosen}"
    return StreamingHttpResponse(
        lines, content_type=_TYPES[chosen], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
