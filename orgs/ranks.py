"""Who may give and take which role: it turns on two people, so the table of roles and acts cannot say it. Pure."""

from keyvault.actor import Actor, ActorType, Role
from keyvault.errors import NotAllowed
from orgs.decide import Rule

_LADDER = (Role.VIEWER, Role.DEVELOPER, Role.ADMIN, Role.OWNER)


def require_rank(actor: Actor, *, held: Role | None = None, wanted: Role | None = None, own: bool = False) -> None:
    """Raises NotAllowed where ``actor`` may not change a membership from role ``held`` to ``wanted``.

    None stands for no membership (being added, being removed); ``own`` says that it is the actor's.
    """
    if actor.type is ActorType.SYSTEM:
        return
    if own and rank(wanted) > rank(held):
        raise NotAllowed("Nobody raises their own role.", rule=Rule.OWN_ROLE, remedy="Another owner can.")
    if Role.OWNER in (held, wanted) and actor.role is not Role.OWNER:
        raise NotAllowed("Only owners make and change owners.", rule=Rule.OWNERS_ONLY, remedy="An owner can do it.")
    if wanted is Role.OWNER is not held and actor.token is None and not actor.stepped_up:
        raise NotAllowed(
            "An owner is made only shortly after a second factor.",
            rule=Rule.NEEDS_STEP_UP,
            remedy="Confirm your second factor and try again.",
        )


def rank(role: Role | None) -> int:
    """Higher may more; -1 is nobody."""
    return -1 if role is None else _LADDER.index(role)
