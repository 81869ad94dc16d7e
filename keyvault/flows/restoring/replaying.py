"""What each lost act took away, taken away again: by the same services, as the product itself.

Only ever less is allowed afterwards. Where an act gave something back (a token that was resumed), what it undid is left
undone; where it cannot be repeated to the letter (an end that came nearer), the token is paused.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.platform import PlatformAct
from audit.services import record
from keyvault.actor import Actor, Role
from keyvault.errors import KeyVaultError
from keyvault.flows.offboarding import deactivate_person, offboard_member
from keyvault.flows.person_events import CHANGE_PASSWORD, RESET_PASSWORD
from keyvault.flows.restoring.lost import Entry
from keyvault.secrets.models import Grant
from keyvault.secrets.services.grants import revoke_grant
from keyvault.target import Target
from orgs.models import Invitation, InvitationState, Membership, ScimToken, Team
from orgs.permissions import Action
from orgs.services.invitations import withdraw_invitation
from orgs.services.members import change_role, set_last_day
from orgs.services.scim_tokens import revoke_scim_token
from orgs.services.teams import delete_team, remove_from_team
from tokens.models import AccessToken, ServiceIdentity, TokenState
from tokens.services import disable_service_identity, pause_token, revoke_token
from tokens.services.standing import read_token

FORGET_PASSWORD = "person:password-forget"  # noqa: S105 - the name of an act
CAUSE = "done before the backup was restored"

_RANK = (Role.VIEWER, Role.DEVELOPER, Role.ADMIN, Role.OWNER)


@dataclass(slots=True)
class Replayed:
    """How many acts of each kind were repeated, which failed and why, and which others the database has lost."""

    done: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)


def replay(actor: Actor, lost: Sequence[Entry]) -> Replayed:
    """One after the other, each in a transaction of its own: begun again it finds the rest."""
    found = Replayed()
    for entry in _without_undone(lost):
        act = ACTS.get(entry["action"])
        if act is None:
            _count(found.left, entry["action"])
            continue
        try:
            if act(actor, entry):
                _count(found.done, entry["action"])
        except (KeyVaultError, KeyError, TypeError, ValueError) as problem:
            why = problem.detail if isinstance(problem, KeyVaultError) else "its line is not complete."
            found.failed.append(f"{entry['action']} of {entry['ts']} ({entry['id']}): {why}")
    return found


def _without_undone(lost: Sequence[Entry]) -> list[Entry]:
    """A pause that was ended again, whatever the backup says of it, is none."""
    last = {_on_token(entry): entry["id"] for entry in lost if _change(entry) in ("pause", "resume")}
    return [entry for entry in lost if _change(entry) != "pause" or last[_on_token(entry)] == entry["id"]]


def _revoke_token(actor: Actor, entry: Entry) -> bool:
    if not AccessToken.objects.unrevoked().filter(pk=_on_token(entry)).exists():
        return False
    return bool(revoke_token(actor=actor, token=read_token(_on_token(entry)), cause=CAUSE))


def _pause_token(actor: Actor, entry: Entry) -> bool:
    if _change(entry) not in ("pause", "replace", "shorten"):
        return False
    if not AccessToken.objects.live().filter(pk=_on_token(entry), state=TokenState.ACTIVE).exists():
        return False
    return bool(pause_token(actor=actor, token=read_token(_on_token(entry)), reason=CAUSE))


def _disable_service(actor: Actor, entry: Entry) -> bool:
    service = ServiceIdentity.objects.select_related("org").filter(pk=_about(entry), disabled_at=None).first()
    if service is None or _change(entry) != "disable":
        return False
    return bool(disable_service_identity(actor=actor, service=service, cause=CAUSE))


def _end_membership(actor: Actor, entry: Entry) -> bool:
    member = _member(_about(entry))
    return member is not None and bool(offboard_member(actor=actor, membership=member, reason=CAUSE))


def _lower_role(actor: Actor, entry: Entry) -> bool:
    member, role = _member(_about(entry)), Role(entry["details"]["to"])
    if member is None or _RANK.index(role) >= _RANK.index(Role(member.role)):
        return False
    return bool(change_role(actor=actor, membership=member, role=role))


def _bring_end_nearer(actor: Actor, entry: Entry) -> bool:
    """A day that is over by now ends the membership."""
    member, days = _member(_about(entry)), entry["details"].get("ends_on")
    day = dt.date.fromisoformat(days["to"]) if days and days["to"] else None
    if member is None or day is None or (member.ends_on and member.ends_on <= day):
        return False
    if day < dt.datetime.now(dt.UTC).date():
        return bool(offboard_member(actor=actor, membership=member, reason=CAUSE))
    return bool(set_last_day(actor=actor, membership=member, ends_on=day))


def _leave_team(actor: Actor, entry: Entry) -> bool:
    team, member = _team(entry), _member(UUID(entry["details"]["member"]))
    if team is None or member is None or not team.team_members.filter(membership=member).exists():
        return False
    remove_from_team(actor=actor, team=team, membership=member)
    return True


def _delete_team(actor: Actor, entry: Entry) -> bool:
    team = _team(entry)
    if team is None:
        return False
    delete_team(actor=actor, team=team)
    return True


def _revoke_grant(actor: Actor, entry: Entry) -> bool:
    grant = Grant.objects.filter(pk=_about(entry)).first()
    if grant is None:
        return False
    revoke_grant(actor=actor, grant=grant, verbs=entry["details"].get("verbs", ()))
    return True


def _revoke_scim_token(actor: Actor, entry: Entry) -> bool:
    token = ScimToken.objects.select_related("org").filter(pk=_about(entry), revoked_at=None).first()
    return token is not None and bool(revoke_scim_token(actor=actor, token=token))


def _withdraw_invitation(actor: Actor, entry: Entry) -> bool:
    invitation = Invitation.objects.select_related("org").filter(pk=_about(entry), state=InvitationState.OPEN).first()
    return invitation is not None and bool(withdraw_invitation(actor=actor, invitation=invitation))


def _close_account(actor: Actor, entry: Entry) -> bool:
    user = User.objects.filter(pk=_about(entry), is_active=True).first()
    return user is not None and bool(deactivate_person(actor=actor, user=user))


def _forget_password(actor: Actor, entry: Entry) -> bool:
    """The one of before must open nothing, and the newer one is lost: a new one is set by mail."""
    user = User.objects.filter(pk=entry["actor"]["id"]).first()
    if user is None or not user.has_usable_password():
        return False
    with transaction.atomic(durable=True):
        user.set_unusable_password()
        user.save(update_fields=["password"])
        record(FORGET_PASSWORD, actor=actor, on=Target(org=None, about=user.ref), reason=CAUSE)
    return True


ACTS: Mapping[str, Callable[[Actor, Entry], bool]] = {
    Action.REVOKE_ANY_TOKEN: _revoke_token,
    Action.CHANGE_TOKEN: _pause_token,
    Action.MANAGE_SERVICE_IDENTITY: _disable_service,
    Action.REMOVE_MEMBER: _end_membership,
    Action.LEAVE: _end_membership,
    Action.CHANGE_ROLE: _lower_role,
    Action.CHANGE_MEMBER: _bring_end_nearer,
    Action.REMOVE_FROM_TEAM: _leave_team,
    Action.DELETE_TEAM: _delete_team,
    Action.REVOKE_GRANT: _revoke_grant,
    Action.REVOKE_SCIM_TOKEN: _revoke_scim_token,
    Action.WITHDRAW_INVITATION: _withdraw_invitation,
    PlatformAct.DEACTIVATE_PERSON: _close_account,
    CHANGE_PASSWORD: _forget_password,
    RESET_PASSWORD: _forget_password,
}


def _member(membership_id: UUID) -> Membership | None:
    return Membership.objects.active().select_related("org", "user").filter(pk=membership_id).first()


def _team(entry: Entry) -> Team | None:
    return Team.objects.select_related("org").filter(pk=_about(entry)).first()


def _about(entry: Entry) -> UUID:
    return _named(entry, "about")


def _on_token(entry: Entry) -> UUID:
    return _named(entry, "on_token")


def _named(entry: Entry, key: str) -> UUID:
    """The zero UUID, which nothing has, where the event names none."""
    named: Any = entry.get(key)
    return UUID(named["id"]) if named else UUID(int=0)


def _change(entry: Entry) -> str:
    return str(entry["details"].get("change", ""))


def _count(counts: dict[str, int], action: str) -> None:
    counts[action] = counts.get(action, 0) + 1
