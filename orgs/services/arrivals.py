"""What single sign-on makes of a membership at every sign-in: the provider's claims win over what was done by hand."""

from django.db.models import Q

from accounts.models import User
from audit.services import JSON, Outcome, record
from keyvault.actor import Actor, Role
from keyvault.errors import Conflict, NotAllowed
from orgs.decide import Rule
from orgs.models import Connection, Membership, RoleMapping, Source, Team, TeamMapping, TeamMember
from orgs.permissions import Action
from orgs.services.admission import may_be_admitted_by_sso
from orgs.services.standing import require_another_owner
from orgs.sign_on.claims import Claims, highest

NO_ROLE = "no-role-mapped"
ENDED = "membership-ended"


def admit(*, actor: Actor, connection: Connection, user: User, claims: Claims) -> Membership:
    """The person's membership as the claims make it; joined where there was none. ``actor`` is the product.

    Joins the caller's transaction, which holds the organization. Raises NotAllowed for who gets no role, and for whose
    membership was ended by somebody else than single sign-on.
    """
    mapped = mapped_role(connection, claims)
    membership = _live(connection, user)
    if membership is None:
        membership = _join(actor, connection, user, mapped)
    else:
        _require_active(membership)
        _apply_role(actor, connection, membership, mapped)
    _apply_teams(actor, connection, membership, claims)
    return membership


def mapped_role(connection: Connection, claims: Claims) -> Role | None:
    """The highest; the default is not asked."""
    return highest(Role(mapping.role) for mapping in connection.role_mappings.all() if _hits(mapping, claims))


def mapped_teams(connection: Connection, claims: Claims) -> set[Team]:
    rows = connection.team_mappings.select_related("team__org")
    return {mapping.team for mapping in rows if _hits(mapping, claims)}


def _hits(mapping: RoleMapping | TeamMapping, claims: Claims) -> bool:
    return mapping.value in claims.get(mapping.claim, ())


def _live(connection: Connection, user: User) -> Membership | None:
    rows = Membership.objects.select_for_update(of=("self",)).select_related("org", "user")
    return rows.filter(org_id=connection.org_id, user=user, ended_at=None).first()


def _join(actor: Actor, connection: Connection, user: User, mapped: Role | None) -> Membership:
    """Whoever was removed by hand or by the directory comes back by hand or by the directory."""
    past = Membership.objects.filter(org_id=connection.org_id, user=user).order_by("-ended_at").first()
    if (past and past.ended_by != Source.IDP) or not may_be_admitted_by_sso(connection.org, user):
        raise _ended()
    role = mapped or _default(connection)
    membership = Membership.objects.create(org=connection.org, user=user, role=role, source=Source.IDP)
    details: dict[str, JSON] = {"role": role, "source": Source.IDP.value, "connection": connection.name}
    record(Action.ADD_MEMBER, actor=actor, on=membership.target, details=details)
    return membership


def _apply_role(actor: Actor, connection: Connection, member: Membership, mapped: Role | None) -> None:
    """Without a mapped role the default is for whoever has their role from here; a role given by hand stays."""
    before = Role(member.role)
    wanted = mapped or _default(connection)
    if mapped is None and member.source != Source.IDP:
        return
    facts: dict[str, JSON] = {"from": before, "to": wanted, "source": Source.IDP.value, "connection": connection.name}
    if wanted is not before and _is_last_owner(member):
        reason = Rule.LAST_OWNER
        record(Action.CHANGE_ROLE, actor=actor, on=member.target, outcome=Outcome.DENIED, reason=reason, details=facts)
        return
    member.role, member.source = wanted, Source.IDP
    member.save(update_fields=["role", "source"])
    if wanted is not before:
        record(Action.CHANGE_ROLE, actor=actor, on=member.target, details=facts)


def _apply_teams(actor: Actor, connection: Connection, member: Membership, claims: Claims) -> None:
    """Teams that a mapping of the connection names are the provider's to fill; of others it takes what it once gave."""
    wanted = mapped_teams(connection, claims)
    governed = Team.objects.filter(mappings__connection=connection)
    held = TeamMember.objects.select_related("team__org").filter(membership=member).exclude(source=Source.SCIM)
    mine = held.filter(Q(source=Source.IDP) | Q(team__in=governed)).order_by("team__slug")
    for joined in mine.exclude(team__in=wanted):
        joined.delete()
        record(Action.REMOVE_FROM_TEAM, actor=actor, on=joined.team.target, details=_who(member, connection))
    present = set(TeamMember.objects.filter(membership=member).values_list("team_id", flat=True))
    for team in sorted(wanted, key=lambda team: team.slug):
        if team.pk not in present:
            TeamMember.objects.create(org=connection.org, team=team, membership=member, source=Source.IDP)
            record(Action.ADD_TO_TEAM, actor=actor, on=team.target, details=_who(member, connection))


def _default(connection: Connection) -> Role:
    if not connection.default_role:
        raise NotAllowed(
            "None of your groups has a role here.", rule=NO_ROLE, remedy="An owner can map one of them to a role."
        )
    return Role(connection.default_role)


def _is_last_owner(member: Membership) -> bool:
    try:
        require_another_owner(member)
    except Conflict:
        return True
    return False


def _require_active(member: Membership) -> None:
    if not member.active:
        raise _ended()


def _ended() -> NotAllowed:
    return NotAllowed(
        "Your membership of this organization has ended.", rule=ENDED, remedy="An owner or admin can invite you again."
    )


def _who(member: Membership, connection: Connection) -> dict[str, JSON]:
    facts = {"member": str(member.pk), "name": member.user.email}
    return {**facts, "source": Source.IDP.value, "connection": connection.name}
