"""What OpenID Connect and GitHub have in common: allauth's OAuth 2 client, held to answers that can be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.http import HttpRequest

from keyvault.flows.sso.links import callback_url


@contextmanager
def reading() -> Iterator[None]:
    """An answer that is JSON, but not what the protocol has there, is the provider's failure and none of ours."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as unreadable:
        raise OAuth2Error("The provider's answer cannot be read.") from unreadable


class CarefulAdapter:
    """Stands before allauth's adapter in a class's bases."""

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return callback_url(app.connection)

    def get_access_token_data(self, *args: Any, **kwargs: Any) -> Any:
        with reading():
            return super().get_access_token_data(*args, **kwargs)  # type: ignore[misc]  # of the other base

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        with reading():
            return self.read_login(request, app, token, kwargs["response"])

    def read_login(self, request: HttpRequest, app: Any, token: Any, response: Any) -> Any:
        """Gives allauth's SocialLogin. Raises OAuth2Error, ProviderException."""
        raise NotImplementedError
