"""The review of unused tokens: what becomes of each and when, keeping one, letting one lie unused until a day."""

import datetime as dt
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keyvault.console.desk import page
from keyvault.flows.looking import look
from keyvault.forms import told, tried
from orgs.access import require
from orgs.permissions import Action
from tokens import services
from tokens.models import AccessToken, TokenState
from tokens.staleness import PAUSED_AFTER, REVOKED_AFTER, listed_for_review
from tokens.views.desk import named_token, token_desk

_PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    token: AccessToken

    @property
    def unused_since(self) -> dt.datetime:
        since: dt.datetime = self.token.unused_since  # type: ignore[attr-defined]  # annotated
        return since

    @property
    def exempt_until(self) -> dt.date | None:
        review = getattr(self.token, "review", None)
        return review.exempt_until if review else None

    @property
    def fate(self) -> str:
        """What becomes of it next, unless it is used or kept."""
        review = getattr(self.token, "review", None)
        if self.exempt_until:
            return _("Nothing until %(day)s") % {"day": self.exempt_until}
        if self.token.state == TokenState.PAUSED and self.token.paused_at:
            return _("Revoked on %(day)s") % {"day": (self.token.paused_at + REVOKED_AFTER).date()}
        if review and review.noticed_at and review.noticed_at >= self.unused_since:
            return _("Paused on %(day)s") % {"day": (review.noticed_at + PAUSED_AFTER).date()}
        return _("Its holder is told")


class ExemptionForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why it may lie unused"), max_length=200)
    until = forms.DateField(label=gettext_lazy("Until"), widget=forms.DateInput(attrs={"type": "date"}))


@login_required
@never_cache
@require_safe
def review(request: HttpRequest, org: str) -> HttpResponse:
    desk = token_desk(request, org)
    look(actor=desk.actor, action=desk.looking, on=desk.org.target, details={"of": "reviews"})
    listed = listed_for_review(AccessToken.objects.visible_to(desk.actor))
    tokens = Paginator(listed.order_by("unused_since", "pk"), _PAGE).get_page(request.GET.get("page"))  # type: ignore[misc]  # annotated
    facts = {
        "tokens": tokens,
        "lines": [Line(token) for token in tokens],
        "days": desk.org.stale_token_days,
        "may_exempt": desk.may(Action.EXEMPT_TOKEN),
    }
    return page(request, desk, "tokens/review.html", facts, at="api-keys")


@login_required
@never_cache
@require_POST
def keep(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    desk = token_desk(request, org)
    token = named_token(desk, token_id)
    told(
        request, None, lambda: services.keep_token(actor=desk.actor, token=token),
        _("%(name)s is kept, as if it had been used now.") % {"name": token.name},
    )  # fmt: skip
    return redirect("token-review", org)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def exempt(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    desk = token_desk(request, org)
    token, form = named_token(desk, token_id), ExemptionForm(request.POST if request.method == "POST" else None)
    require(desk.actor, Action.EXEMPT_TOKEN, token.target)
    act = partial(services.exempt_token, actor=desk.actor, token=token)
    done = tried(form, lambda: act(**form.cleaned_data), {"cause": "reason"})
    if done is None:
        facts = {"token": token, "form": form}
        return page(request, desk, "tokens/exempt.html", facts, at="api-keys", status=422 if form.is_bound else 200)
    messages.success(request, _("%(name)s may lie unused.") % {"name": token.name})
    return redirect("token-review", org)


@login_required
@never_cache
@require_POST
def end_exemption(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    desk = token_desk(request, org)
    token = named_token(desk, token_id)
    told(
        request, None, lambda: services.end_exemption(actor=desk.actor, token=token),
        _("%(name)s is reviewed again.") % {"name": token.name},
    )  # fmt: skip
    return redirect("token-review", org)
