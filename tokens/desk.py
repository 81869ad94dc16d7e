"""What Settings → API keys is for one member: what is listed and what is offered. The services decide again."""

from dataclasses import dataclass

from keyvault.actor import Actor, TokenKind
from orgs.decide import decide
from orgs.models import Membership
from orgs.permissions import TABLE, Action, Right
from tokens.models import AccessToken
from tokens.querysets import TokenQuerySet

ISSUING = {
    TokenKind.PERSON: Action.ISSUE_PERSONAL_TOKEN,
    TokenKind.SERVICE: Action.ISSUE_SERVICE_TOKEN,
    TokenKind.CI: Action.ISSUE_SERVICE_TOKEN,
    TokenKind.TEAM: Action.ISSUE_TEAM_TOKEN,
}


@dataclass(frozen=True, slots=True)
class KindLink:
    """A kind that the member may issue, as the page offers it."""

    kind: TokenKind
    label: str
    icon: str
    page: str


_KINDS = (
    KindLink(TokenKind.PERSON, "Person", "user-round", "new-api-key"),
    KindLink(TokenKind.SERVICE, "Service", "server", "new-service-key"),
    KindLink(TokenKind.CI, "CI job", "git-branch", "new-ci-key"),
    KindLink(TokenKind.TEAM, "Team", "users", "new-team-key"),
)


@dataclass(frozen=True, slots=True)
class Desk:
    actor: Actor
    membership: Membership

    @property
    def looking(self) -> Action:
        """Who may not list the organization's tokens sees their own."""
        return Action.LIST_TOKENS if self._may(Action.LIST_TOKENS) else Action.VIEW_ORGANIZATION

    @property
    def kinds(self) -> list[KindLink]:
        return [link for link in _KINDS if self._may(ISSUING[link.kind])]

    @property
    def may_offer(self) -> bool:
        return self._may(Action.OFFER_TOKEN)

    @property
    def may_name_services(self) -> bool:
        return self._may(Action.MANAGE_SERVICE_IDENTITY)

    @property
    def may_copy(self) -> bool:
        return self._may(Action.COPY_TEAM_TOKEN)

    @property
    def may_revoke_any(self) -> bool:
        return self._may(Action.REVOKE_ANY_TOKEN)

    @property
    def may_hand_out_production(self) -> bool:
        """By the role at all; for which environment depends on grants."""
        role = self.actor.role
        return role is not None and TABLE[Action.ISSUE_PRODUCTION_TOKEN][role] is not Right.NO

    def tokens(self, *, ended: bool = False) -> TokenQuerySet:
        """Live ones, paused included; or those that are revoked or expired. The newest first."""
        visible = AccessToken.objects.visible_to(self.actor).select_related("sealed").order_by("-created_at", "-id")
        live = AccessToken.objects.live()
        return visible.exclude(pk__in=live) if ended else visible.filter(pk__in=live)

    def _may(self, action: Action) -> bool:
        return decide(action, actor=self.actor, target=self.membership.org.target).allowed
