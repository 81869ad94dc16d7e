"""Who looks at the pages of single sign-on, and the connection, domain or mapping that an address names."""

from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpRequest

from keyvault.actor import Actor
from keyvault.errors import NotFound
from keyvault.flows.session_actor import actor_for, membership_in
from orgs.models import Connection, Domain, Membership, RoleMapping, TeamMapping

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Desk:
    actor: Actor
    membership: Membership

    def connection(self, connection_id: UUID) -> Connection:
        """Raises NotFound, as all of these do."""
        return _found(Connection.objects.visible_to(self.actor).select_related("org").filter(pk=connection_id).first())

    def domain(self, domain_id: UUID) -> Domain:
        return _found(Domain.objects.visible_to(self.actor).select_related("org").filter(pk=domain_id).first())

    def mapping(self, mapping_id: UUID) -> RoleMapping | TeamMapping:
        mine = {"org_id": self.actor.org_id, "pk": mapping_id}
        roles = RoleMapping.objects.select_related("connection__org").filter(**mine)
        teams = TeamMapping.objects.select_related("connection__org", "team").filter(**mine)
        found = roles.first() or teams.first()
        if found is None:
            raise NotFound
        return found

    def context(self, **facts: Any) -> dict[str, Any]:
        return {"desk": self, "membership": self.membership, "page_name": "sign-on", **facts}


def desk_of(request: HttpRequest, org: str) -> Desk:
    membership = membership_in(request, org)
    return Desk(actor_for(request, membership), membership)


def _found(thing: Done | None) -> Done:
    if thing is None:
        raise NotFound
    return thing
