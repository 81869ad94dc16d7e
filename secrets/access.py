"""Asking the one decision about secrets: fetches the actor's grants, decides nothing itself."""

from dataclasses import replace
from uuid import UUID

from django.db import connection

from keyvault.actor import Actor, Verb
from keyvault.secrets.models import Environment
from keyvault.target import Ref, Target
from orgs import access
from orgs.decide import Decision, GrantFacts
from orgs.permissions import Action

_NOBODY = UUID(int=0)
_HELD = """
SELECT environment_id, verbs, prefix FROM secrets_grant
WHERE org_id = %(org)s AND project_id = %(project)s
  AND (membership_id = %(member)s
       OR team_id IN (SELECT team_id FROM orgs_teammember WHERE org_id = %(org)s AND membership_id = %(member)s))
"""


def grants_of(actor: Actor, target: Target) -> tuple[GrantFacts, ...]:
    """The actor's grants in the target's project, its teams' included. One query."""
    if target.project is None or actor.membership_id is None:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"org": actor.org_id, "project": target.project.id, "member": actor.membership_id})
        return tuple(
            GrantFacts(target.project.id, environment, frozenset(map(Verb, verbs)), prefix)
            for environment, verbs, prefix in cursor.fetchall()
        )


def require(actor: Actor, action: Action, target: Target) -> Decision:
    """See :func:`orgs.access.require`."""
    return access.require(actor, action, target, grants=grants_of(actor, target))


def absent(environment: Environment, name: str) -> Target:
    """A secret that does not exist, for asking about it: decisions go by its name."""
    return replace(environment.target, secret=Ref(_NOBODY, name))
