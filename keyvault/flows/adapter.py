"""What allauth asks of us: whether sign-up is open, where a request comes from, where links lead, what is recorded."""

import logging
from smtplib import SMTPException
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from accounts.services.sessions import PASSWORD_CHANGED, end_sessions
from audit.services import Outcome
from keyvault.actor import anonymous
from keyvault.errors import TooManyRequests
from keyvault.flows import lockout
from keyvault.flows import person_events as events
from keyvault.flows.sign_in.arriving import arrive
from keyvault.flows.sign_up import sign_up_is_open
from keyvault.flows.sso.enforcement import must_come_by_sso
from keyvault.middleware import origin_of
from orgs.access import person_outside

_log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account is closed.",
        "email_password_mismatch": "Email or password is wrong.",
        "email_taken": "There is an account with this address. Sign in, or reset its password.",
        "enter_current_password": "This is not your current password.",
        "invalid_password_reset": "This link has been used, or it is too old.",
        "rate_limited": "Too many tries. Wait a few minutes.",
        "too_many_login_attempts": "Too many failed tries from your address. Wait a minute.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return sign_up_is_open()

    def get_client_ip(self, request: HttpRequest) -> str:
        """The one rule for addresses (:mod:`keyvault.address`), for allauth's rate limits too."""
        return origin_of(request).address or "0.0.0.0"  # noqa: S104 - a label for requests without an address

    def is_ajax(self, request: HttpRequest) -> bool:
        """Never: allauth's JSON answers repeat what was typed into a form, passwords included."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Where ``next`` may lead: to this site, by the name it was asked under."""
        hosts = {self.request.get_host()}
        return url_has_allowed_host_and_scheme(url, allowed_hosts=hosts, require_https=self.request.is_secure())

    def get_login_stages(self) -> list[str]:
        ours = ["keyvault.flows.sso.binding.BindSession", "keyvault.flows.sign_in.second_step.SecondStep"]
        return [*super().get_login_stages(), *ours]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Whatever the password is, a locked account is refused; the limit by address comes after."""
        typed = str(credentials.get("email", ""))
        try:
            lockout.refuse_if_locked(request, typed)
            super().pre_authenticate(request, **credentials)
        except (TooManyRequests, ValidationError) as refused:
            reason = "locked" if isinstance(refused, TooManyRequests) else "too-many-from-address"
            events.record_unknown(events.SIGN_IN, typed=typed, origin=origin_of(request), reason=reason)
            raise

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """A right password of somebody who must come by single sign-on is answered, and counted, like a wrong one."""
        user: User | None = super().authenticate(request, **credentials)
        if user is None or not must_come_by_sso(user):
            return user
        failed = {"email": credentials.get("email", ""), "reason": "sso-enforced"}
        user_login_failed.send(sender=__name__, credentials=failed, request=request)
        return None

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **facts)
        arrive(request, user, response, signup=bool(facts.get("signup")))
        return response

    def set_password(self, user: User, password: str) -> None:
        """Change and event in one transaction; signed in it is a change, by a link from a mail a reset.

        Every session but the one that changes it ends.
        """
        action = events.CHANGE_PASSWORD if self.request.user == user else events.RESET_PASSWORD
        actor = person_outside(user, origin=origin_of(self.request))
        with transaction.atomic(durable=True):
            user.set_password(password)
            user.save(update_fields=["password"])
            events.record_person(action, actor=actor, user=user)
            keep = self.request.session.session_key if action == events.CHANGE_PASSWORD else None
            end_sessions(actor=actor, user=user, keep=keep, cause=PASSWORD_CHANGED)
        lockout.unlock(user.email)

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """allauth's signal, and so the event, comes before this returns."""
        with transaction.atomic(durable=True):
            return bool(super().confirm_email(request, email_address))

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """None to whoever must come by single sign-on: a new password would open nothing to them."""
        actor, refused = anonymous(origin_of(self.request)), must_come_by_sso(user)
        outcome, reason = (Outcome.DENIED, "sso-enforced") if refused else (Outcome.SUCCESS, "")
        events.record_person(events.ASK_FOR_RESET, actor=actor, user=user, outcome=outcome, reason=reason)
        if not refused:
            super().send_password_reset_mail(user, email, context)

    def send_account_already_exists_mail(self, email: str) -> None:
        context = {"password_reset_url": link("account_reset_password"), "sign_in_url": link("account_login")}
        self.send_mail("account/email/account_already_exists", email, context)

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, secret = key.partition("-")
        return link("account_reset_password_from_key", uidb36=uid, key=secret)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return link("account_confirm_email", key=emailconfirmation.key)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A server that takes no mail changes no answer: it would tell known addresses from unknown ones."""
        try:
            super().send_mail(template_prefix, email, {**context, "site_url": settings.KEYVAULT_URL})
        except (SMTPException, OSError) as problem:
            _log.error("The mail %s could not be sent: %s", template_prefix, type(problem).__name__)

    def format_email_subject(self, subject: str) -> str:
        return f"KeyVault: {subject}"


def link(name: str, **parts: str) -> str:
    """From the configured address alone: the request's host is the client's to choose."""
    return f"{settings.KEYVAULT_URL}{reverse(name, kwargs=parts)}"
