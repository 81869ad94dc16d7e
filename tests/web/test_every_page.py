"""Every page is known here: either what is done on it is an event, or it is one of the few where nothing is done."""

from collections.abc import Iterator

from django.test import override_settings
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse

from tests.cast import CastTestCase
from tests.web.scene import browser

RECORDED = {
    "accept-invitation": "invitation:accept",
    "account_change_password": "person:password-change",
    "account_confirm_email": "person:address-confirm",
    "account_login": "person:sign-in",
    "account_logout": "person:sign-out",
    "account_reset_password": "person:password-reset-request",
    "account_reset_password_from_key": "person:password-reset",
    "account_signup": "person:sign-up",
    "access": "grant:list",
    "access-export": "grant:list",
    "acknowledge-alert": "alert:acknowledge",
    "add-authenticator": "person:factor-add",
    "add-environment": "environment:create",
    "add-grant": "grant:add",
    "add-passkey": "person:factor-add",
    "alert": "alert:list",
    "alert-calendar": "alert-calendar:change",
    "alert-channels": "alert-channel:list",
    "alert-rules": "alert:list",
    "alerts": "alert:list",
    "answer-alert": "alert:look",
    "api-key": "token:list",
    "api-keys": "token:list",
    "apply-mappings": "member:role",
    "audit": "event:list",
    "audit-event": "event:list",
    "audit-export": "event:list",
    "call-off": "offboarding:withdraw",
    "change-last-day": "member:change",
    "change-role": "member:role",
    "change-successor": "member:change",
    "change-unit": "member:change",
    "claim-domain": "domain:claim",
    "compare-versions": "secret:reveal",
    "configure-connection": "sso:change",
    "confirm-password": "person:step-up",
    "connection-rules": "sso:change",
    "copy-api-key": "token:copy",
    "copy-value": "secret:reveal",
    "create-service": "service:manage",
    "decline-invitation": "invitation:decline",
    "delete-alert-channel": "alert-channel:delete",
    "delete-connection": "sso:delete",
    "delete-project": "project:delete",
    "delete-secret": "secret:delete",
    "download-report": "offboarding:list",
    "drop-domain": "domain:drop",
    "edit-alert-channel": "alert-channel:change",
    "edit-alert-rule": "alert-rule:change",
    "edit-environment": "environment:change",
    "edit-networks": "organization:networks-preview",
    "edit-policy": "organization:policy",
    "edit-secret": "secret:change",
    "end-grant": "grant:revoke",
    "feedback": "feedback:send",
    "end-members-sessions": "member:end-sessions",
    "end-other-sessions": "session:end",
    "end-session": "session:end",
    "erase-version": "secret:erase",
    "import-secrets": "secret:import",
    "invitation": "invitation:accept",
    "invitation-link": "invitation:open",
    "invite": "invitation:create",
    "join-with-new-account": "invitation:accept",
    "keep-networks": "organization:policy",
    "leave": "member:leave",
    "make-recovery-codes": "person:recovery-codes",
    "map-role": "sso:map",
    "map-team": "sso:map",
    "member": "member:list",
    "end-exemption": "token:exempt",
    "exempt-token": "token:exempt",
    "keep-token": "token:keep",
    "leaks": "leak:search",
    "token-review": "token:list",
    "members": "member:list",
    "teams": "team:list",
    "team": "team:list",
    "new-team": "team:create",
    "rename-team": "team:rename",
    "join-team": "team:add-member",
    "leave-team": "team:remove-member",
    "delete-team": "team:delete",
    "new-api-key": "token:issue-personal",
    "new-ci-key": "token:issue-service",
    "new-github-connection": "sso:create",
    "new-mail-channel": "alert-channel:create",
    "new-offers": "token:offer",
    "new-oidc-connection": "sso:create",
    "new-production-key": "token:issue-personal",
    "new-project": "project:create",
    "new-saml-connection": "sso:create",
    "new-scim-token": "scim-token:issue",
    "new-secret": "secret:create",
    "new-service-key": "token:issue-service",
    "new-team-key": "token:issue-team",
    "new-version": "secret:rotate",
    "new-webhook-channel": "alert-channel:create",
    "offboard": "member:remove",
    "offboarding-report": "offboarding:list",
    "offboardings": "offboarding:list",
    "open-api-key": "token:open",
    "overview": "project:list",
    "passkey-answer": "person:sign-in",
    "policy": "organization:view",
    "project": "secret:list",
    "project-access": "grant:list",
    "project-settings": "project:change",
    "prove-domain": "domain:prove",
    "provisioning": "scim-token:list",
    "redeliver-alerts": "alert-channel:redeliver",
    "remove-environment": "environment:delete",
    "remove-factor": "person:factor-remove",
    "rename-factor": "person:factor-rename",
    "replace-alert-secret": "alert-channel:change",
    "resend-invitation": "invitation:resend",
    "reset-factors": "member:reset-factors",
    "resolve-alert": "alert:resolve",
    "restore-version": "secret:restore",
    "reveal": "secret:reveal",
    "pause-api-key": "token:change",
    "replace-api-key": "token:change",
    "resume-api-key": "token:change",
    "revoke-api-key": "token:revoke",
    "revoke-scim-token": "scim-token:revoke",
    "search": "project:list",
    "second-step": "person:sign-in",
    "secret": "secret:list",
    "set-up-authenticator": "person:factor-add",
    "sign-on": "sso:list",
    "sign-on-connection": "sso:list",
    "sso-callback": "person:sign-in",
    "sso-finish-acs": "person:sign-in",
    "step-up": "person:step-up",
    "step-up-by-provider": "person:step-up",
    "test-connection": "sso:test",
    "try-alert-channel": "alert-channel:test",
    "try-networks": "organization:policy",
    "undelete-secret": "secret:undelete",
    "unmap-claim": "sso:unmap",
    "billing": "limit:list",
    "chargeback": "usage:chargeback",
    "remove-limit": "limit:remove",
    "set-limit": "limit:set",
    "settings": "organization:view",
    "rename-organization": "organization:rename",
    "danger": "organization:view",
    "transfer-ownership": "organization:transfer",
    "streams": "stream:list",
    "new-stream": "stream:create",
    "delete-stream": "stream:delete",
    "usage": "usage:list",
    "usage-export": "usage:list",
    "use-in-code": "project:list",
    "withdraw-invitation": "invitation:withdraw",
}
SILENT = {
    "account": "a person looks at their own name and role",
    "appearance": "two cookies that say how the console looks",
    "admin": "leads to the admin, whose every page is behind its own door",
    "account_email_verification_sent": "a sentence",
    "account_inactive": "a sentence",
    "account_reset_password_done": "a sentence",
    "account_reset_password_from_key_done": "a sentence",
    "begin-passkey": "a challenge for the browser",
    "choose-organization": "changes the session only, to where the person is a member already",
    "factors": "a person looks at their own devices",
    "github-alert": "a scanner's, and no page: its report is an event",
    "give-up-second-step": "nobody is signed in yet, and nobody will be",
    "first-use": "asks again and again whether a token that was just shown has been used",
    "found": "a report whose look is a job, so that nothing shows what came of it",
    "healthz": "a probe",
    "status": "what anybody may see, looked at once in ten seconds for all",
    "home": "what anybody may see",
    "privacy": "what the operators tell everybody",
    "terms": "what the operators tell everybody",
    "passkey-challenge": "a challenge for the browser",
    "readyz": "a probe",
    "sessions": "a person looks at their own sessions",
    "sign-ins": "a person looks at their own sign-ins",
    "sso-acs": "passes a message on to sso-finish-acs, within the site",
    "sso-metadata": "what a provider's administrator needs to know of us",
    "sso-start": "leads to the provider; whether anybody comes back is recorded",
}
NEED_A_KEY = {"first-use", "sso-acs", "sso-metadata"}


def names(patterns: object = None) -> Iterator[str]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:  # type: ignore[attr-defined]
        if isinstance(pattern, URLPattern):
            yield str(pattern.name)
        elif not str(pattern.pattern).startswith(("api/", "admin/", "scim/")):  # those have tests of their own
            yield from names(pattern.url_patterns)


def address_of(name: str) -> str:
    """Of a page that stands below no organization, or below acme."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse(name, args=["acme"])


class EveryPageTests(CastTestCase):
    def test_every_page_is_one_where_an_act_is_recorded_or_nothing_is_done(self) -> None:
        self.assertEqual(sorted(names()), sorted([*RECORDED, *SILENT]))
        self.assertLessEqual(len(SILENT), 26)

    @override_settings(KEYVAULT_SIGNUP="open")
    def test_opening_a_form_or_a_silent_page_is_no_event(self) -> None:
        client = browser(self.olivia)
        keys = ("new-api-key", "new-service-key", "new-ci-key", "new-team-key", "new-offers")
        forms = (*keys, "account_logout", "feedback")
        for name in (*forms, *SILENT.keys() - NEED_A_KEY):
            with self.subTest(name):
                self.forget_events()
                self.assertIn(client.get(address_of(name)).status_code, (200, 302, 405, 503))
                self.assertNoEvent()
