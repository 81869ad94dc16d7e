"""Revoking from the list (many) or from a token's page (one): a page that asks for the cause, then the act."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import action
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.forms import CharField, Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from accounts.access import may_operate
from accounts.platform import PlatformAct
from keyvault.admin.entry import operator_of
from keyvault.admin.page import OperatorPage
from keyvault.admin.parts import Question
from keyvault.errors import Invalid
from keyvault.flows.operators.revoking import MOST_AT_ONCE, revoke_tokens
from tokens.models import AccessToken
from tokens.services.revoking import CAUSE_LIMIT
from tokens.services.standing import read_tokens

_SENTENCES = (
    "The next request with it is refused. Tokens that it issued end with it.",
    "There is no way back. The keys behind it stay as they are.",
)


class CauseForm(Form):
    cause = CharField(max_length=CAUSE_LIMIT, help_text="Why. The log of the organisation keeps it, with your name.")


class Revoking(OperatorPage):
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return may_operate(operator_of(request), PlatformAct.REVOKE_TOKENS)

    def act_urls(self) -> list[URLPattern]:
        view = self.guarded(self.revocation_view)
        return [path("<uuid:object_id>/revocation", view, name=self.url_name("revocation"))]

    def revocation_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        token = self.of_act(request, object_id, PlatformAct.REVOKE_TOKENS)
        back = self.address("change", token.pk)
        done = self._revoked(request, [token]) if request.method == "POST" else None
        if done is True:
            return HttpResponseRedirect(back)
        return self._asked(request, [token], done or CauseForm(), back=back)

    @action(permissions=["revoke"], description="Revoke selected tokens")
    def revoke(self, request: HttpRequest, queryset: QuerySet[AccessToken]) -> HttpResponse | None:
        """Of the stock admin: a first post names the tokens, a second one from the page in between the cause."""
        ids = list(queryset.values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(ids) > MOST_AT_ONCE:
            messages.warning(request, f"At most {MOST_AT_ONCE} tokens are revoked at once. Nothing was done.")
            return None
        tokens = read_tokens(AccessToken.objects.filter(pk__in=ids))
        done = self._revoked(request, tokens) if "cause" in request.POST else None
        if done is True:
            return None
        hidden = [("action", "revoke"), *((ACTION_CHECKBOX_NAME, str(token.pk)) for token in tokens)]
        return self._asked(request, tokens, done or CauseForm(), back=request.get_full_path(), hidden=hidden)

    def _revoked(self, request: HttpRequest, tokens: list[AccessToken]) -> CauseForm | bool:
        """True once it is done, else the form with what is wrong."""
        form = CauseForm(request.POST)
        if not form.is_valid():
            return form
        try:
            revoked = revoke_tokens(actor=operator_of(request), tokens=tokens, cause=form.cleaned_data["cause"])
        except Invalid as refusal:
            form.add_error("cause", refusal.detail)
            return form
        messages.success(request, f"{len(revoked)} revoked.")
        return True

    def _asked(
        self,
        request: HttpRequest,
        tokens: list[AccessToken],
        form: Form,
        *,
        back: str,
        hidden: Sequence[tuple[str, str]] = (),
    ) -> HttpResponse:
        question = Question(
            title=f"Revoke {tokens[0].name}?" if len(tokens) == 1 else f"Revoke {len(tokens)} tokens?",
            button="Revoke",
            back=back,
            sentences=_SENTENCES,
            things=[f"{token.name} ({token.display}) of {token.org.name}" for token in tokens],
            hidden=hidden,
            danger=True,
        )
        return self.ask(request, question, form)
