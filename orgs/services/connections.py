"""Identity providers of an organization: connecting, changing, switching on and off, deleting."""

import secrets

from allauth.socialaccount.models import SocialAccount

from audit.services import JSON, record
from keyvault.actor import Actor, Role
from keyvault.errors import Conflict, NotFound
from orgs.access import changing_rights
from orgs.models import Connection, Domain, Organization
from orgs.models.connection import MAPPED_ROLES
from orgs.names import clean_name, invalid
from orgs.permissions import Action
from orgs.sign_on.checking import require_sound
from orgs.sign_on.configurations import Configuration, as_text, configuration_of, kind_of

_MOST = 10


def create_connection(*, actor: Actor, org: Organization, name: str, configuration: Configuration) -> Connection:
    """Off until it is switched on. Raises NotAllowed, NotFound, Invalid, and Conflict for one too many."""
    name = clean_name(name)
    require_sound(configuration)
    with changing_rights(actor, Action.CREATE_CONNECTION, org.target) as held:
        if Connection.objects.filter(org=org).count() >= _MOST:
            raise Conflict(f"An organization has at most {_MOST} connections.", rule="too-many-connections")
        connection = Connection(org=org, kind=kind_of(configuration), key=secrets.token_hex(12), name=name)
        connection.configuration = as_text(configuration)
        connection.save(force_insert=True)
        details: dict[str, JSON] = {"kind": connection.kind, "identity": configuration.identity}
        record(Action.CREATE_CONNECTION, actor=held, on=connection.target, details=details)
    return connection


def configure_connection(
    *, actor: Actor, connection: Connection, name: str, configuration: Configuration
) -> Connection:
    """The whole configuration anew. Raises Conflict for one of another provider: its people would get the accounts that
    are tied to those of this one.
    """
    name = clean_name(name)
    require_sound(configuration)
    with changing_rights(actor, Action.CHANGE_CONNECTION, connection.target) as held:
        changed = _hold(connection)
        before = configuration_of(changed)
        if (kind_of(configuration), configuration.identity) != (changed.kind, before.identity):
            raise Conflict(
                "A connection stays with its provider.",
                rule="other-provider",
                remedy="Connect the other one beside it.",
            )
        names = [each for each in type(before).__slots__ if getattr(before, each) != getattr(configuration, each)]
        changed.name, changed.configuration = name, as_text(configuration)
        changed.save(update_fields=["name", "configuration"])
        record(Action.CHANGE_CONNECTION, actor=held, on=changed.target, details={"configuration": names})
    return changed


def set_rules(
    *, actor: Actor, connection: Connection, default_role: str, trust_unmarked_email: bool, enabled: bool
) -> Connection:
    """Who may come, and whether anybody may. Without a difference there is no event.

    ``default_role`` is for people without a mapped role; empty refuses them. Raises Invalid for owner, and Conflict for
    switching off the last one while single sign-on is enforced.
    """
    if default_role and default_role not in MAPPED_ROLES:
        raise invalid("default_role", "Single sign-on makes nobody owner." if default_role == Role.OWNER else "A role.")
    wanted: dict[str, str | bool] = {
        "default_role": default_role,
        "trust_unmarked_email": trust_unmarked_email,
        "enabled": enabled,
    }
    with changing_rights(actor, Action.CHANGE_CONNECTION, connection.target) as held:
        changed = _hold(connection)
        if changed.enabled and not enabled:
            require_way_in_besides(changed.org, without=changed)
        details: dict[str, JSON] = {
            name: {"from": getattr(changed, name), "to": value}
            for name, value in wanted.items()
            if getattr(changed, name) != value
        }
        if details:
            for name, value in wanted.items():
                setattr(changed, name, value)
            changed.save(update_fields=list(wanted))
            record(Action.CHANGE_CONNECTION, actor=held, on=changed.target, details=details)
    return changed


def delete_connection(*, actor: Actor, connection: Connection) -> None:
    """With its mappings and the ties of accounts to it; the accounts and memberships stay."""
    target = connection.target
    with changing_rights(actor, Action.DELETE_CONNECTION, target) as held:
        gone = _hold(connection)
        if gone.enabled:
            require_way_in_besides(gone.org, without=gone)
        ties, _ = SocialAccount.objects.filter(provider=gone.key).delete()
        gone.delete()
        record(Action.DELETE_CONNECTION, actor=held, on=target, details={"accounts": ties})


def require_way_in_besides(org: Organization, *, without: Connection | Domain) -> None:
    """Raises Conflict where single sign-on is enforced and nothing else leads there. The caller holds the row."""
    if not Organization.objects.filter(pk=org.pk, sso_enforced=True).exists():
        return
    if not is_ready(org, without=without):
        raise Conflict(
            "Single sign-on is enforced, and nobody could sign in any more.",
            rule="sso-is-enforced",
            remedy="Stop enforcing it first.",
        )


def is_ready(org: Organization, *, without: Connection | Domain | None = None) -> bool:
    """A connection is on, and a domain proven, so that members find the way."""
    spared = [without.pk] if without else []
    connections = Connection.objects.filter(org=org).enabled().exclude(pk__in=spared)
    return connections.exists() and Domain.objects.filter(org=org).proven().exclude(pk__in=spared).exists()


def _hold(connection: Connection) -> Connection:
    rows = Connection.objects.select_for_update(of=("self",)).select_related("org")
    locked = rows.filter(org_id=connection.org_id, pk=connection.pk).first()
    if locked is None:
        raise NotFound
    return locked
