"""What the console offers one member about tokens. The services decide again."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest

from keyvault.actor import TokenKind
from keyvault.console.desk import Desk, desk_in
from keyvault.errors import NotFound
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
class TokenDesk(Desk):
    @property
    def looking(self) -> Action:
        """Who may not list the organization's tokens sees their own."""
        return Action.LIST_TOKENS if self.may(Action.LIST_TOKENS) else Action.VIEW_ORGANIZATION

    @property
    def kinds(self) -> list[KindLink]:
        return [link for link in _KINDS if self.may(ISSUING[link.kind])]

    @property
    def may_offer(self) -> bool:
        return self.may(Action.OFFER_TOKEN)

    @property
    def may_name_services(self) -> bool:
        return self.may(Action.MANAGE_SERVICE_IDENTITY)

    @property
    def may_copy(self) -> bool:
        return self.may(Action.COPY_TEAM_TOKEN)

    @property
    def may_revoke_any(self) -> bool:
        return self.may(Action.REVOKE_ANY_TOKEN)

    @property
    def may_hand_out_production(self) -> bool:
        """By the role at all; for which environment depends on grants."""
        role = self.actor.role
        return role is not None and TABLE[Action.ISSUE_PRODUCTION_TOKEN][role] is not Right.NO

    def may_change(self, token: AccessToken) -> bool:
        """Pause, resume and replace it."""
        return token.membership_id == self.membership.pk or self.may(Action.CHANGE_TOKEN, token.target)

    def may_revoke(self, token: AccessToken) -> bool:
        return token.membership_id == self.membership.pk or self.may(Action.REVOKE_ANY_TOKEN, token.target)

    def tokens(self) -> TokenQuerySet:
        return AccessToken.objects.visible_to(self.actor).select_related("sealed").order_by("-created_at", "-id")


def token_desk(request: HttpRequest, org: str) -> TokenDesk:
    desk = desk_in(request, org)
    return TokenDesk(desk.actor, desk.membership)


def named_token(desk: TokenDesk, token_id: UUID) -> AccessToken:
    """Raises NotFound."""
    found = desk.tokens().filter(pk=token_id).first()
    if found is None:
        raise NotFound
    return found
