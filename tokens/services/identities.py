"""Service identities: the named things that are no persons and own tokens."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.errors import Conflict
from orgs.access import changing_rights
from orgs.models import Organization
from orgs.names import clean_name, clean_note, clean_slug, slugs_for
from orgs.permissions import Action
from tokens.models import AccessToken, ServiceIdentity
from tokens.services.revoking import clean_cause, revoke_held, with_descendants
from tokens.services.standing import acting_token, read_tokens

NOTE_LIMIT = 2000  # characters


def create_service_identity(
    *, actor: Actor, org: Organization, name: str, slug: str = "", note: str = ""
) -> ServiceIdentity:
    """Without ``slug`` it is made from the name. Raises Conflict where the organization has one of that slug."""
    name = clean_name(name)
    slug = clean_slug(slug or next(slugs_for(name, otherwise="service")))
    service = ServiceIdentity(org=org, name=name, slug=slug, note=clean_note(note, field="note", limit=NOTE_LIMIT))
    with changing_rights(actor, Action.MANAGE_SERVICE_IDENTITY, service.target) as held:
        acting_token(held)
        _insert(service)
        details = {"change": "create", "name": name}
        record(Action.MANAGE_SERVICE_IDENTITY, actor=held, on=service.target, details=details)
    return service


def rename_service_identity(*, actor: Actor, service: ServiceIdentity, name: str) -> ServiceIdentity:
    """The slug stays: it is in events and may be in addresses."""
    name = clean_name(name)
    with changing_rights(actor, Action.MANAGE_SERVICE_IDENTITY, service.target) as held:
        acting_token(held)
        service.refresh_from_db(fields=["name"])
        details = {"change": "rename", "from": service.name, "to": name}
        service.name = name
        service.save(update_fields=["name"])
        record(Action.MANAGE_SERVICE_IDENTITY, actor=held, on=service.target, details=details)
    return service


def disable_service_identity(*, actor: Actor, service: ServiceIdentity, cause: str) -> ServiceIdentity:
    """For good: it acts no more, and all of its tokens are revoked. Done twice, the first time stands."""
    cause = clean_cause(cause)
    with changing_rights(actor, Action.MANAGE_SERVICE_IDENTITY, service.target) as held:
        acting_token(held)
        service.refresh_from_db(fields=["disabled_at"])
        if service.disabled_at is None:
            _disable(held, service, cause)
    return service


def _insert(service: ServiceIdentity) -> None:
    try:
        with transaction.atomic():
            service.save(force_insert=True)
    except IntegrityError:
        raise Conflict(
            f"There is a service identity {service.slug} already.", rule="slug-taken", extra={"field": "slug"}
        ) from None


def _disable(actor: Actor, service: ServiceIdentity, cause: str) -> None:
    service.disabled_at = timezone.now()
    service.save(update_fields=["disabled_at"])
    tokens = with_descendants(read_tokens(AccessToken.objects.unrevoked().filter(service=service)))
    details: dict[str, JSON] = {"change": "disable", "tokens": len(tokens)}
    record(Action.MANAGE_SERVICE_IDENTITY, actor=actor, on=service.target, reason=cause, details=details)
    revoke_held(actor, tokens, cause)
