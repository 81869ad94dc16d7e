"""Where the mail "was this you?" leads: a page that asks and a form that acts, for the member who was asked alone."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alerts.answers import read_ticket
from alerts.models import Alert
from alerts.services.answering import disown_use, keep_token, own_alert, own_token
from audit.services import record
from keyvault.console.desk import Desk, desk_in, page
from keyvault.errors import NotFound


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, org: str, ticket: str) -> HttpResponse:
    desk = desk_in(request, org)
    alert = _asked(desk, ticket)
    if request.method != "POST":
        token = own_token(desk.actor, alert)
        record("alert:look", actor=desk.actor, on=alert.target)
        return page(request, desk, "alerts/answer.html", {"alert": alert, "token": token}, at="alerts")
    if request.POST.get("answer") == "keep":
        keep_token(actor=desk.actor, alert=alert)
        messages.success(request, _("Noted: this use was yours."))
    elif request.POST.get("answer") == "revoke":
        token = disown_use(actor=desk.actor, alert=alert)
        messages.success(request, _("%(name)s is revoked.") % {"name": token.name})
    return redirect("api-keys", org)


def _asked(desk: Desk, text: str) -> Alert:
    """The signature says what was asked and whom; that this is the one, the session says. Raises NotFound."""
    ticket = read_ticket(text)
    row = Alert.objects.filter(pk=ticket.alert, org=desk.org).select_related("org").first()
    if row is None or ticket.membership != desk.membership.pk:
        raise NotFound
    return own_alert(desk.actor, row)
