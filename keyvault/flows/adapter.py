"""What allauth asks of us: is sign-up open, and where does a request come from."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from keyvault.flows.sign_up import sign_up_is_open
from keyvault.middleware import origin_of


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return sign_up_is_open()

    def get_client_ip(self, request: HttpRequest) -> str:
        """The one rule for addresses (:mod:`keyvault.address`), for allauth's rate limits too."""
        return origin_of(request).address or "0.0.0.0"  # noqa: S104 - a label for requests without an address
