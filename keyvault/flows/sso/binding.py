"""The stage of a sign-in that binds the session to the provider's organization, and refuses who must come by one."""

from allauth.account.stages import LoginStage
from django.contrib import messages
from django.http import HttpResponse

from audit.services import Outcome
from keyvault.actor import anonymous
from keyvault.flows import person_events as events
from keyvault.flows.browser_sessions import SSO_ORG
from keyvault.flows.session_actor import CHOSEN
from keyvault.flows.sso.arriving import bound_to
from keyvault.flows.sso.enforcement import must_come_by_sso
from keyvault.middleware import origin_of


class BindSession(LoginStage):  # type: ignore[misc]  # allauth has no types
    """Before the second step, so that the session is bound when it becomes somebody's."""

    key = "bind-session"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        self.request.session.pop(SSO_ORG, None)
        org_id = bound_to(self.login)
        if org_id is not None:
            self.request.session[SSO_ORG] = self.request.session[CHOSEN] = str(org_id)
            return None, True
        return (None, True) if self.login.user is None or not must_come_by_sso(self.login.user) else self._refuse()

    def _refuse(self) -> tuple[HttpResponse, bool]:
        """Passwords never come this far (:mod:`keyvault.flows.sso.enforcement`); passkeys do."""
        actor = anonymous(origin_of(self.request))
        user = self.login.user
        events.record_person(events.SIGN_IN, actor=actor, user=user, outcome=Outcome.DENIED, reason="sso-enforced")
        messages.error(self.request, "Your organisation asks for its single sign-on.")
        return self.abort(), False
