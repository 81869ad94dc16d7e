"""What an end has done: counted for its parent event, told in full in its report."""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.entry import canonical
from audit.services import JSON
from keyvault.actor import Actor
from keyvault.flows.offboarding.places import place_of
from keyvault.secrets.models import Secret
from keyvault.target import Target
from orgs.models import Invitation, Membership
from tokens.models import AccessToken

CAUSE = "the membership ended"


@dataclass(frozen=True, slots=True)
class Done:
    """``tokens`` and ``secrets`` went to ``heir``; of ``known`` secrets the leaver has read the current value."""

    member: Membership
    heir: Membership
    reason: str
    teams: Sequence[str]
    sessions: int
    tokens: Sequence[AccessToken]
    secrets: Sequence[Secret]
    known: Sequence[Secret]
    grants: Sequence[Target]
    invitations: Sequence[Invitation]

    @property
    def counts(self) -> dict[str, JSON]:
        return {
            "successor": self.heir.user.email,
            "tokens_revoked": len(self._revoked()),
            "sessions_ended": self.sessions,
            "grants_ended": len(self.grants),
            "invitations_withdrawn": len(self.invitations),
            "tokens_handed_over": len(self.tokens),
            "secrets_handed_over": len(self.secrets),
            "rotation": len(self.known),
        }

    def report(self, *, by: Actor) -> bytes:
        """Canonical JSON; ``v`` is the version of its form. Names only, never a value."""
        member = self.member
        facts: dict[str, JSON] = {
            "v": 1,
            "organization": {"id": str(member.org_id), "slug": member.org.slug, "name": member.org.name},
            "person": {"id": str(member.user_id), "email": member.user.email, "name": member.user.name},
            "membership": str(member.pk),
            "role": member.role,
            "joined_at": member.joined_at.isoformat(),
            "ended_at": member.ended_at.isoformat() if member.ended_at else None,
            "by": {"type": str(by.type), "name": by.name},
            "request": str(by.origin.request_id),
            "reason": self.reason,
            "successor": self.heir.user.email,
            "teams_left": list(self.teams),
            "sessions_ended": self.sessions,
            "tokens_revoked": [_token(token) for token in self._revoked()],
            "grants_ended": [place_of(target) for target in self.grants],
            "invitations_withdrawn": [invitation.email for invitation in self.invitations],
            "tokens_handed_over": [_token(token) for token in self.tokens],
            "secrets_handed_over": [place_of(secret.target) for secret in self.secrets],
            "rotation": [place_of(secret.target) for secret in self.known],
        }
        return canonical(facts)

    def _revoked(self) -> list[AccessToken]:
        """From the rows, so that those of an earlier beginning are among them."""
        return list(self.member.tokens.filter(revoked_cause=CAUSE).order_by("pk"))


def _token(token: AccessToken) -> JSON:
    return {"id": str(token.pk), "name": token.name, "display": token.display}
