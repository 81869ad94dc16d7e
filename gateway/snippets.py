"""The ``.env`` by which unmodified SDKs go through the gateway: a key and a base address for each bound provider."""

from dataclasses import dataclass

from django.conf import settings

from gateway.bindings import bound_to
from gateway.model import Provider, Variables
from tokens.models import AccessToken

PLACEHOLDER = "the-token-goes-here"
"""In the place of a value that was shown once."""


@dataclass(frozen=True, slots=True)
class Line:
    """One provider's variables. ``address`` is what its SDK takes for a base address."""

    provider: Provider
    variables: Variables
    address: str


def lines_for(token: AccessToken) -> list[Line]:
    """One for each provider that the token is bound to now."""
    return [_line(bound.provider) for bound in bound_to(token)]


def written(token: AccessToken, lines: list[Line], value: str | None) -> str:
    """The text. ``value`` is the token's own, or None where it is not to be had: a placeholder then stands for it."""
    place = f"{token.environment.project.slug}/{token.environment.slug}" if token.environment else "no environment"
    text = [f"# {token.name} ({token.display}): {place}, through KeyVault"]
    if not lines:
        text.append("# It stands for no key yet: an admin can bind one of its environment to a provider.")
    for line in lines:
        text += [f"{line.variables.key}={value or PLACEHOLDER}", f"{line.variables.base}={line.address}"]
        if not line.variables.read:
            text.append(f"# ^ not read by every SDK of {line.provider.title}: pass it as the base address")
    return "\n".join(text) + "\n"


def _line(provider: Provider) -> Line:
    variables = provider.env or _named_after(provider.slug)
    return Line(provider, variables, f"{settings.KEYVAULT_GATEWAY_URL}/{provider.slug}{variables.path}")


def _named_after(slug: str) -> Variables:
    """An organization's own upstream. No variable begins with a digit."""
    stem = slug.upper().replace("-", "_")
    stem = f"UPSTREAM_{stem}" if stem[0].isdigit() else stem
    return Variables(f"{stem}_API_KEY", f"{stem}_BASE_URL")
