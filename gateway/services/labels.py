"""Labels of the gateway's domain: a member, a service identity or an environment gets a host of its own."""

from typing import Any

from django.db import IntegrityError, transaction

from audit.services import JSON, record
from gateway.models import HostLabel, Upstream
from gateway.upstream_form import reserved
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotFound
from keyvault.secrets.models import Environment
from orgs.access import changing_rights, require
from orgs.models import Membership
from orgs.names import clean_slug
from orgs.permissions import Action
from tokens.drafts import require_active
from tokens.models import ServiceIdentity
from tokens.services.standing import acting_token

Holder = Membership | ServiceIdentity | Environment

_COLUMNS: dict[type, str] = {Membership: "membership", ServiceIdentity: "service", Environment: "environment"}


def give_host_label(*, actor: Actor, to: Holder, label: str) -> HostLabel:
    """In place of the one that it has. Raises Invalid for a provider's name, Conflict for a label in use anywhere."""
    row = HostLabel(org=to.org, label=label, **{_COLUMNS[type(to)]: to})
    require(actor, Action.GIVE_HOST_LABEL, row.target)
    clean_slug(label, field="label", reserved=reserved())
    with changing_rights(actor, Action.GIVE_HOST_LABEL, row.target) as held:
        acting_token(held)
        if not isinstance(to, Environment):
            to.refresh_from_db()
            require_active(to)
        _require_no_upstream(row)
        before = _replaced(row, to)
        _insert(row)
        details: dict[str, JSON] = {"to": name_of(to), "before": before}
        record(Action.GIVE_HOST_LABEL, actor=held, on=row.target, details=details)
    return row


def take_host_label(*, actor: Actor, label: HostLabel) -> None:
    """Raises NotFound where it is gone."""
    with changing_rights(actor, Action.TAKE_HOST_LABEL, label.target) as held:
        acting_token(held)
        deleted, _ = HostLabel.objects.filter(org_id=label.org_id, pk=label.pk).delete()
        if not deleted:
            raise NotFound
        record(Action.TAKE_HOST_LABEL, actor=held, on=label.target, details={"of": name_of(holder_of(label))})


def holder_of(label: HostLabel) -> Holder:
    holder: Holder | None = label.membership or label.service or label.environment
    assert holder is not None  # noqa: S101 - a_label_is_one_thing_s
    return holder


def name_of(holder: Holder) -> str:
    if isinstance(holder, Membership):
        return holder.user.email
    return f"{holder.project.slug}/{holder.slug}" if isinstance(holder, Environment) else holder.slug


def _require_no_upstream(row: HostLabel) -> None:
    """A host has one meaning for a token. The organization's row is held, under which upstreams are added too."""
    if Upstream.objects.filter(org_id=row.org_id, slug=row.label).exists():
        raise _taken(row.label)


def _replaced(row: HostLabel, to: Holder) -> str | None:
    owner: dict[str, Any] = {_COLUMNS[type(to)]: to}
    before = HostLabel.objects.select_for_update().filter(org_id=row.org_id, **owner).first()
    if before is None:
        return None
    before.delete()
    return before.label


def _insert(row: HostLabel) -> None:
    """The index of the whole installation decides between two who ask at once."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise _taken(row.label) from None


def _taken(label: str) -> Conflict:
    return Conflict(
        f"The label {label} is taken.", rule="host-label-taken", remedy="Choose another.", extra={"field": "label"}
    )
