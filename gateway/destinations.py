"""Where a provider leads for an organization: a preset with its variables filled in, or an upstream of its own."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from gateway.model import Base, Provider, Slot, Style, WireProtocol
from gateway.models import Upstream
from gateway.proxy.providers import base_of, load
from keyvault.secrets.brokering import Destination
from orgs.names import invalid


@lru_cache(maxsize=1)
def presets() -> Mapping[str, Provider]:
    return load()


def destination_of(org_id: UUID, provider: str, variables: Mapping[str, str]) -> Destination:
    """See :class:`keyvault.secrets.brokering.Providers`. An own upstream's row is locked against its deletion."""
    preset = presets().get(provider)
    if preset is not None:
        return Destination(provider, _filled_in(preset, variables))
    own = Upstream.objects.select_for_update().filter(org_id=org_id, slug=provider).first()
    if own is None:
        raise invalid("provider", "There is no such provider here: neither a preset nor an upstream of yours.")
    if own.disabled_at:
        raise invalid("provider", f"The upstream {provider} is switched off.")
    if variables:
        raise invalid("variables", f"{provider} has no variables.")
    return Destination(provider, own.base)


def fields_of(org_id: UUID, provider: str) -> Collection[str]:
    """The fields that a value needs besides ``key``, in order; none where a text will do."""
    found = presets().get(provider) or _own(org_id, provider)
    return needed_fields(found) if found else ()


def provider_for(org_id: UUID, slug: str) -> Provider | None:
    """A preset, or an own upstream that is switched on."""
    own = presets().get(slug) or Upstream.objects.filter(org_id=org_id, slug=slug, disabled_at=None).first()
    return provider_of(own) if isinstance(own, Upstream) else own


def needed_fields(provider: Provider) -> list[str]:
    named = [slot.name for slot in provider.slots if slot.style is Style.BASIC_PASSWORD]
    return sorted({*provider.also.values(), *named})


def provider_of(upstream: Upstream) -> Provider:
    """As the proxy knows it. What it echoes nobody knows, so that all its answers are searched for the key."""
    names = ("slug", "title", "base", "websocket", "errors", "usage", "also")
    facts: dict[str, Any] = {name: getattr(upstream, name) for name in names}
    return Provider(
        **facts,
        slots=tuple(map(Slot.parse, upstream.slots)),
        paths=tuple(upstream.paths),
        denied=tuple(upstream.denied),
        protocol=WireProtocol(upstream.protocol),
        tools=tuple(upstream.tools),
        echoes=True,
        own=True,
    )


def _own(org_id: UUID, slug: str) -> Provider | None:
    own = Upstream.objects.filter(org_id=org_id, slug=slug).first()
    return provider_of(own) if own else None


def _filled_in(preset: Provider, variables: Mapping[str, str]) -> str:
    if set(variables) != set(preset.variables):
        wanted = ", ".join(preset.variables) or "none"
        raise invalid("variables", f"The variables of {preset.title} are: {wanted}.")
    try:
        return written(base_of(preset, variables))
    except ValueError as error:
        raise invalid("variables", f"{error}.") from None


def written(base: Base) -> str:
    """One text for each base."""
    return f"{base.scheme}://{base.authority}{base.prefix}"
