"""Creating, changing and deleting projects."""

from collections.abc import Iterator

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from audit.services import record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotFound
from keyvault.secrets.access import require
from keyvault.secrets.acts import one_act
from keyvault.secrets.models import Environment, Project, Secret
from keyvault.secrets.services.environments import STANDARD
from orgs.models import Organization
from orgs.names import clean_name, clean_note, clean_slug, slugs_for
from orgs.permissions import Action

_NOTE_LIMIT = 2000
_TRIES = 20


def create_project(*, actor: Actor, name: str, slug: str = "", note: str = "") -> Project:
    """With its three environments: development, staging and production, the last protected.

    Without a slug one is made from the name. Raises Conflict for a slug that is taken.
    """
    org = _organization(actor)
    require(actor, Action.CREATE_PROJECT, org.target)
    name, note = clean_name(name), clean_note(note, field="note", limit=_NOTE_LIMIT)
    slugs = iter([clean_slug(slug)]) if slug else slugs_for(name, otherwise="project")
    with one_act(Action.CREATE_PROJECT, actor=actor, on=org.target):
        project = _inserted(org, slugs, name, note)
        Environment.objects.bulk_create(
            Environment(org=org, project=project, order=order, **facts) for order, facts in enumerate(STANDARD)
        )
        record(Action.CREATE_PROJECT, actor=actor, on=project.target)
    return project


def change_project(*, actor: Actor, project: Project, name: str | None = None, note: str | None = None) -> Project:
    require(actor, Action.CHANGE_PROJECT, project.target)
    with one_act(Action.CHANGE_PROJECT, actor=actor, on=project.target):
        locked = _locked(project)
        if name is not None:
            locked.name = clean_name(name)
        if note is not None:
            locked.note = clean_note(note, field="note", limit=_NOTE_LIMIT)
        locked.save(update_fields=["name", "note"])
        record(Action.CHANGE_PROJECT, actor=actor, on=locked.target)
    return locked


def delete_project(*, actor: Actor, project: Project) -> None:
    """Raises Conflict while it holds a secret (deleted ones count until they are purged) or a live token."""
    require(actor, Action.DELETE_PROJECT, project.target)
    with one_act(Action.DELETE_PROJECT, actor=actor, on=project.target):
        locked = _locked(project)
        if Secret.objects.filter(environment__project=locked).exists():
            raise Conflict(
                "The project holds secrets; deleted ones count until they are purged.", rule="project-not-empty"
            )
        if locked.tokens.exclude(state="revoked").filter(expires_at__gt=Now()).exists():
            raise Conflict("Tokens are limited to this project.", rule="project-has-tokens", remedy="Revoke them.")
        record(Action.DELETE_PROJECT, actor=actor, on=locked.target)
        locked.delete()


def _organization(actor: Actor) -> Organization:
    org = Organization.objects.visible_to(actor).first()
    if org is None:
        raise NotFound
    return org


def _locked(project: Project) -> Project:
    rows: QuerySet[Project] = Project.objects.select_related("org").select_for_update(of=("self",))
    locked = rows.filter(org_id=project.org_id, pk=project.pk).first()
    if locked is None:
        raise NotFound
    return locked


def _inserted(org: Organization, slugs: Iterator[str], name: str, note: str) -> Project:
    slug = ""
    for _, slug in zip(range(_TRIES), slugs, strict=False):
        try:
            with transaction.atomic():
                return Project.objects.create(org=org, slug=slug, name=name, note=note)
        except IntegrityError:
            continue
    raise Conflict(f"There is a project {slug} already.", rule="slug-taken")
