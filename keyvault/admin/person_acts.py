"""Closing and opening an account, and platform roles: acts that need the second factor of now."""

from collections.abc import Iterator
from functools import partial
from uuid import UUID

from django.forms import CheckboxSelectMultiple, Form, MultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from accounts.access import may_operate
from accounts.models import User
from accounts.platform import PlatformAct
from accounts.services.factors import has_factor
from accounts.services.platform_roles import set_platform_roles
from keyvault.actor import PlatformRole
from keyvault.admin.entry import operator_of
from keyvault.admin.page import OperatorPage, posted
from keyvault.admin.parts import Act, Question
from keyvault.admin.people_cells import platform_roles, role_name
from keyvault.flows.offboarding import deactivate_person, reactivate_person
from keyvault.flows.operators.factor_resets import ask_for_factor_reset, due_reset_of, withdraw_factor_reset
from keyvault.flows.step_up import require_own_factor

_DEACTIVATING = (
    "The person is signed out everywhere and cannot sign in any more.",
    "Every membership ends, personal tokens are revoked, platform roles are taken away.",
    "Opening the account again brings none of this back.",
)
_REACTIVATING = ("The person can sign in again. No membership, token or role comes back.",)
_RESETTING = (
    "For somebody who has lost their device and their recovery codes, where no owner can help.",
    "They and the owners of their organisations are told now. It happens in 24 hours, and ends their sessions.",
    "A second factor that is used until then stops it.",
)
_ROLES = (
    "Platform roles open pages of this admin. They give no right in any organisation, and no value.",
    "They work from the person's next request on. Nobody raises their own.",
)


class RolesForm(Form):
    roles = MultipleChoiceField(
        label="Platform roles",
        required=False,
        choices=[(role.value, role_name(role)) for role in PlatformRole],
        widget=CheckboxSelectMultiple,
    )

    def clean_roles(self) -> list[PlatformRole]:
        return [PlatformRole(role) for role in self.cleaned_data["roles"]]


class PersonActs(OperatorPage):
    def act_urls(self) -> list[URLPattern]:
        acts = {
            "deactivation": self.deactivation_view,
            "reactivation": self.reactivation_view,
            "factor-reset": self.factor_reset_view,
            "factor-reset-withdrawal": self.withdrawal_view,
            "platform-roles": self.roles_view,
        }
        return [
            path(f"<uuid:object_id>/{name}", self.guarded(require_own_factor(view)), name=self.url_name(name))
            for name, view in acts.items()
        ]

    def deactivation_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        user: User = self.of_act(request, object_id, PlatformAct.DEACTIVATE_PERSON)
        title = f"Close the account of {user.email}?"
        question = Question(title, "Close account", self._back(user), _DEACTIVATING, danger=True)
        return self.do(request, question, Form(posted(request)), partial(deactivate_person, user=user))

    def reactivation_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        user: User = self.of_act(request, object_id, PlatformAct.REACTIVATE_PERSON)
        question = Question(f"Open the account of {user.email} again?", "Open account", self._back(user), _REACTIVATING)
        return self.do(request, question, Form(posted(request)), partial(reactivate_person, user=user))

    def factor_reset_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        user: User = self.of_act(request, object_id, PlatformAct.RESET_FACTORS)
        title = f"Take away the second factors of {user.email} in a day?"
        question = Question(title, "Ask for it", self._back(user), _RESETTING, danger=True)
        return self.do(request, question, Form(posted(request)), partial(ask_for_factor_reset, user=user))

    def withdrawal_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        user: User = self.of_act(request, object_id, PlatformAct.RESET_FACTORS)
        question = Question(f"Leave {user.email} their second factors?", "Withdraw", self._back(user))
        return self.do(request, question, Form(posted(request)), partial(withdraw_factor_reset, user=user))

    def roles_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        user: User = self.of_act(request, object_id, PlatformAct.CHANGE_ROLES)
        question = Question(f"Platform roles of {user.email}", "Save roles", self._back(user), _ROLES)
        form = RolesForm(posted(request), initial={"roles": platform_roles(user)})
        return self.do(request, question, form, partial(set_platform_roles, user=user))

    def acts(self, request: HttpRequest, user: User) -> Iterator[Act]:
        actor = operator_of(request)
        if may_operate(actor, PlatformAct.CHANGE_ROLES):
            yield Act("Platform roles", self.address("platform-roles", user.pk))
        if may_operate(actor, PlatformAct.RESET_FACTORS) and user.pk != actor.id:
            yield from self._factor_acts(user)
        if user.is_active and may_operate(actor, PlatformAct.DEACTIVATE_PERSON):
            yield Act("Close account", self.address("deactivation", user.pk), danger=True)
        if not user.is_active and may_operate(actor, PlatformAct.REACTIVATE_PERSON):
            yield Act("Open account", self.address("reactivation", user.pk))

    def _factor_acts(self, user: User) -> Iterator[Act]:
        if due_reset_of(user):
            yield Act("Withdraw the factor reset", self.address("factor-reset-withdrawal", user.pk))
        elif has_factor(user):
            yield Act("Reset second factors", self.address("factor-reset", user.pk))

    def _back(self, user: User) -> str:
        return self.address("change", user.pk)
