"""From a mail address to the connections of the organization that has proven its domain. No account is looked at."""

from orgs.models import Connection, Domain
from orgs.services.domains import domain_of


def connections_for(address: str) -> list[Connection]:
    """Those that are on, the oldest first; none for a domain that nobody has proven."""
    domain = Domain.objects.proven().filter(name=domain_of(address)).first() if domain_of(address) else None
    if domain is None:
        return []
    return list(Connection.objects.enabled().filter(org_id=domain.org_id).select_related("org"))


def is_in_proven_domain(connection: Connection, address: str) -> bool:
    """Of the connection's own organization."""
    name = domain_of(address)
    return bool(name) and Domain.objects.proven().filter(org_id=connection.org_id, name=name).exists()
