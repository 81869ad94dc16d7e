"""Settings → Danger zone: handing the organization over, and the way out of it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from keyvault.console.desk import Desk, desk_in, page
from keyvault.flows.looking import look
from keyvault.flows.step_up import require_step_up
from keyvault.forms import tried
from keyvault.secrets.views.forms import TypedForm
from orgs.access import require
from orgs.models import Membership
from orgs.permissions import Action
from orgs.querysets import MembershipQuerySet
from orgs.services.organizations import transfer_ownership


class _Heir(forms.ModelChoiceField):  # type: ignore[type-arg] # Django's is not generic when it runs
    def label_from_instance(self, obj: Membership) -> str:
        return f"{obj.user.name} ({obj.user.email})"


class OwnershipForm(TypedForm):
    to = _Heir(queryset=None, label=gettext_lazy("New owner"), empty_label=None)
    field_order = ("to", "typed")

    def __init__(self, *args: Any, heirs: MembershipQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["typed"].required = True
        self.fields["to"].queryset = heirs  # type: ignore[attr-defined] # of its own kind


@login_required
@never_cache
@require_safe
def danger(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_in(request, org)
    look(actor=desk.actor, action=Action.VIEW_ORGANIZATION, on=desk.org.target, details={"of": "danger zone"})
    facts = {"may_transfer": desk.may(Action.TRANSFER_OWNERSHIP)}
    return page(request, desk, "console/danger.html", facts, at="settings")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_step_up
def hand_over(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_in(request, org)
    require(desk.actor, Action.TRANSFER_OWNERSHIP, desk.org.target)
    heirs = _heirs(desk)
    form = OwnershipForm(request.POST if request.method == "POST" else None, heirs=heirs, word=org)
    heir = tried(form, lambda: transfer_ownership(actor=desk.actor, to=form.cleaned_data["to"]))
    if heir is None:
        facts = {"form": form, "anybody": heirs.exists()}
        status = 422 if form.is_bound else 200
        return page(request, desk, "console/ownership.html", facts, at="settings", status=status)
    messages.success(request, _("%(name)s is an owner now, and you are an admin.") % {"name": heir.user.name})
    return redirect("danger", org)


def _heirs(desk: Desk) -> MembershipQuerySet:
    """Who may be an owner: no guest with a last day, and not oneself."""
    others = Membership.objects.visible_to(desk.actor).acting().exclude(pk=desk.membership.pk)
    return others.filter(ends_on=None).select_related("user", "org").order_by("user__email")
