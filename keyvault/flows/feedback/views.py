"""``/feedback``: a form for anybody, which reaches the operators."""

from functools import partial

from django.contrib import messages
from django.forms import CharField, EmailField, Form, Textarea
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.models import User
from keyvault.actor import Actor, anonymous
from keyvault.flows.feedback.models import LONGEST
from keyvault.flows.feedback.services import holds_token, send_feedback
from keyvault.flows.own_account import self_of
from keyvault.forms import tried
from keyvault.middleware import origin_of


class FeedbackForm(Form):
    text = CharField(
        label=gettext_lazy("What should the operators know?"),
        max_length=LONGEST,
        widget=Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("No keys or passwords: people read this."),
    )
    answer_to = EmailField(label=gettext_lazy("Email address for an answer"), required=False, max_length=254)

    def forget_tokens(self) -> None:
        """A page that finds fault shows what was typed once more, but nothing with a token in it."""
        if holds_token("\n".join(self.data.get(name, "") for name in self.fields)):
            self.data = {}


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: HttpRequest) -> HttpResponse:
    form = FeedbackForm(request.POST if request.method == "POST" else None)
    send = partial(_send, request, form)
    if tried(form, send):
        messages.success(request, _("Sent. The operators of this KeyVault can read it now."))
        return redirect("feedback")
    form.forget_tokens()
    return render(request, "feedback.html", {"form": form}, status=422 if form.errors else 200)


def _send(request: HttpRequest, form: FeedbackForm) -> object:
    return send_feedback(actor=_sender(request), **form.cleaned_data)


def _sender(request: HttpRequest) -> Actor:
    return self_of(request) if isinstance(request.user, User) else anonymous(origin_of(request))
