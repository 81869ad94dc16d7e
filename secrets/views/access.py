"""Who reaches what in a project, with the reason of every cell; granting, and taking a grant back."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from keyvault.actor import Actor, Verb
from keyvault.console.desk import Desk, page
from keyvault.errors import NotFound
from keyvault.flows.looking import look
from keyvault.forms import told
from keyvault.secrets.models import Environment, Grant, Project
from keyvault.secrets.reach import lines_of
from keyvault.secrets.services.grants import grant, revoke_grant
from keyvault.secrets.views.places import at_project, environments_of
from orgs.models import Membership, Team
from orgs.permissions import Action
from orgs.querysets import MembershipQuerySet

_PAGE = 50
_VERBS = [
    (Verb.LIST.value, gettext_lazy("List names")),
    (Verb.READ.value, gettext_lazy("Read values")),
    (Verb.ADD.value, gettext_lazy("Add")),
    (Verb.ROTATE.value, gettext_lazy("Replace")),
    (Verb.DELETE.value, gettext_lazy("Delete")),
]


class GrantForm(forms.Form):
    verbs = forms.MultipleChoiceField(
        label=gettext_lazy("May"), choices=_VERBS, widget=forms.CheckboxSelectMultiple, initial=["list", "read", "add"]
    )
    paths = forms.CharField(
        label=gettext_lazy("Only these names"),
        required=False,
        max_length=512,
        help_text=gettext_lazy("A name, or how names begin and a star: api-keys/team-*"),
    )

    def __init__(self, *args: Any, actor: Actor, environments: list[Environment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._members = {f"m:{each.pk}": each for each in _members(actor)}
        self._teams = {f"t:{each.pk}": each for each in Team.objects.visible_to(actor)}
        self._places = {each.slug: each for each in environments}
        people = [(key, str(each.user)) for key, each in self._members.items()]
        teams = [(key, each.name) for key, each in self._teams.items()]
        groups = [(_("People"), people), *([(_("Teams"), teams)] if teams else [])]
        self.fields["holder"] = forms.ChoiceField(label=_("To"), choices=groups)
        every = ("", _("Every unprotected environment"))
        places = [every, *((slug, each.name) for slug, each in self._places.items())]
        self.fields["environment"] = forms.ChoiceField(label=_("In"), choices=places, required=False)

    field_order = ("holder", "environment", "verbs", "paths")

    @property
    def to(self) -> Membership | Team:
        key = self.cleaned_data["holder"]
        return self._members.get(key) or self._teams[key]

    @property
    def place(self) -> Environment | None:
        return self._places.get(self.cleaned_data["environment"])


@login_required
@never_cache
@require_safe
def access(request: HttpRequest, org: str, project: str) -> HttpResponse:
    """Of everybody, for who may look at grants; for others of themselves."""
    desk, place = at_project(request, org, project)
    environments = environments_of(place)
    all_of_them = desk.may(Action.LIST_GRANTS)
    action = Action.LIST_GRANTS if all_of_them else Action.EXPLAIN_ACCESS
    look(actor=desk.actor, action=action, on=place.target if all_of_them else desk.org.target)
    people = _members(desk.actor) if all_of_them else _members(desk.actor).filter(pk=desk.membership.pk)
    shown = Paginator(people, _PAGE).get_page(request.GET.get("page"))
    grants = _grants(desk, place)
    facts = {
        "project": place,
        "environments": environments,
        "lines": lines_of(desk.actor, list(shown), environments, grants),
        "members": shown,
        "grants": grants if all_of_them else [each for each in grants if each.membership_id == desk.membership.pk],
        "may_grant": desk.may(Action.GRANT),
        "form": GrantForm(actor=desk.actor, environments=environments) if desk.may(Action.GRANT) else None,
    }
    return page(request, desk, "secrets/access.html", facts, at="project")


@login_required
@require_POST
def add_grant(request: HttpRequest, org: str, project: str) -> HttpResponse:
    desk, place = at_project(request, org, project)
    form = GrantForm(request.POST, actor=desk.actor, environments=environments_of(place))
    told(
        request,
        form,
        lambda: grant(
            actor=desk.actor,
            to=form.to,
            project=place,
            environment=form.place,
            verbs=[Verb(verb) for verb in form.cleaned_data["verbs"]],
            prefix=form.cleaned_data["paths"],
        ),
        _("It is granted, from the next request on."),
    )
    return redirect("project-access", org, project)


@login_required
@require_POST
def end_grant(request: HttpRequest, org: str, project: str, grant_id: UUID) -> HttpResponse:
    desk, place = at_project(request, org, project)
    found = next((each for each in _grants(desk, place) if each.pk == grant_id), None)
    if found is None:
        raise NotFound
    told(request, None, lambda: revoke_grant(actor=desk.actor, grant=found), _("The grant is taken back."))
    return redirect("project-access", org, project)


def _members(actor: Actor) -> MembershipQuerySet:
    rows = Membership.objects.visible_to(actor).acting()
    return rows.select_related("user", "org").order_by("user__email")


def _grants(desk: Desk, place: Project) -> list[Grant]:
    rows = Grant.objects.visible_to(desk.actor).filter(project=place)
    shown = ("org", "project__org", "environment__org", "environment__project__org", "membership__user", "team")
    return list(rows.select_related(*shown).order_by("pk"))
