"""The first steps of an organization, ticked by what there is. Gone once all are done, or after a month."""

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keyvault.console.desk import Desk
from keyvault.secrets.models import Project, Secret
from orgs.models import Invitation, Membership
from orgs.permissions import Action
from tokens.models import AccessToken

_NEW_FOR = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Step:
    title: str | Promise
    done: bool
    address: str


@dataclass(frozen=True, slots=True)
class Setup:
    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def following(self) -> Step | None:
        return next((step for step in self.steps if not step.done), None)


def setup_of(desk: Desk) -> Setup | None:
    """For who sets it up: None for others."""
    if not desk.may(Action.CREATE_PROJECT) or timezone.now() - desk.org.created_at > _NEW_FOR:
        return None
    setup = Setup(tuple(_steps(desk)))
    return setup if setup.following else None


def _steps(desk: Desk) -> list[Step]:
    slug, org = desk.org.slug, desk.org
    first = Project.objects.visible_to(desk.actor).order_by("slug").first()
    project = reverse("import-secrets", args=[slug, first.slug]) if first else reverse("new-project", args=[slug])
    tokens = AccessToken.objects.filter(org=org)
    people = Membership.objects.filter(org=org).active().count() > 1 or Invitation.objects.filter(org=org).exists()
    return [
        Step(_("Create a project"), first is not None, reverse("new-project", args=[slug])),
        Step(_("Import a .env, or add a secret"), Secret.objects.filter(org=org).exists(), project),
        Step(_("Issue an access token"), tokens.exists(), reverse("new-api-key", args=[slug])),
        Step(_("Read a secret from code"), tokens.filter(use__isnull=False).exists(), _code(slug, first)),
        Step(_("Invite somebody"), people, reverse("invite", args=[slug])),
        Step(_("Require a second factor of everybody"), org.mfa_required, reverse("policy", args=[slug])),
    ]


def _code(slug: str, project: Project | None) -> str:
    return reverse("use-in-code", args=[slug, project.slug]) if project else reverse("new-project", args=[slug])
