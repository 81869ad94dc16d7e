"""What stands beside every page of the console: where else one can go. Five queries, however much there is."""

from dataclasses import dataclass

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from keyvault.actor import Actor, Origin
from keyvault.secrets.models import Project, Secret
from orgs.access import person_in
from orgs.decide import decide
from orgs.models import Membership
from orgs.permissions import Action
from tokens.models import AccessToken

_PROJECTS = 8


@dataclass(frozen=True, slots=True)
class Sidebar:
    """``tokens`` is None for who may not list them; a project's ``names`` is missing for who may not list secrets."""

    elsewhere: list[Membership]
    projects: list[Project]
    more_projects: bool
    members: int
    tokens: int | None


def sidebar_of(membership: Membership, here: str) -> Sidebar:
    """``here`` is the slug of the project that is open, which stands in the list wherever the alphabet puts it."""
    actor = person_in(membership, origin=Origin())
    lists_secrets, lists_tokens = (
        decide(action, actor=actor, target=membership.org.target).allowed
        for action in (Action.LIST_SECRETS, Action.LIST_TOKENS)
    )
    projects = _projects(actor, here, counted=lists_secrets)
    return Sidebar(
        elsewhere=_elsewhere(membership),
        projects=projects[:_PROJECTS],
        more_projects=len(projects) > _PROJECTS,
        members=Membership.objects.visible_to(actor).active().count(),
        tokens=AccessToken.objects.visible_to(actor).live().count() if lists_tokens else None,
    )


def names_in_project() -> Coalesce:
    """How many different names a project's live secrets have."""
    live = Secret.objects.filter(environment__project=OuterRef("pk"), deleted_at=None)
    counted = live.order_by().values("environment__project").annotate(n=Count("name", distinct=True)).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _elsewhere(membership: Membership) -> list[Membership]:
    mine = Membership.objects.acting().filter(user=membership.user_id).exclude(pk=membership.pk)
    return list(mine.select_related("org").order_by("org__name"))


def _projects(actor: Actor, here: str, *, counted: bool) -> list[Project]:
    rows = Project.objects.visible_to(actor)
    if counted:
        rows = rows.annotate(names=names_in_project())
    listed = list(rows.order_by("slug")[: _PROJECTS + 1])
    if here and all(project.slug != here for project in listed):
        listed[:1] = rows.filter(slug=here)
    return listed
