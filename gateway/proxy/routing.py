"""Which provider a request is for, by path or by host, and which path it asks there. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from gateway.model import Binding, Provider, Refusal, Token
from gateway.proxy.paths import BadPath, normalise, permits
from gateway.proxy.refusals import Refused

_BAD_PATH = Refusal(
    400, "path", "The path has a form that is not passed on.", "Send it without encoded dots or slashes."
)
_WRONG_HOST = Refusal(
    403, "host-label", "The token does not belong to this host.", "Use the host of its owner or its environment."
)


class Door(NamedTuple):
    """Where a request came in. ``label`` is the host's part before our domain, empty on the common host."""

    label: str
    path: str


class Route(NamedTuple):
    binding: Binding
    path: str
    """The provider's own path, normalised."""
    mount: str
    """What stands before it at our side, for addresses that lead back here: ``/openai`` or nothing."""


def door(host: str, raw_path: bytes, domain: str) -> Door:
    """Raises Refused."""
    try:
        path = normalise(raw_path)
    except BadPath:
        raise Refused(_BAD_PATH) from None
    name = host.rpartition(":")[0] if host[-1:].isdigit() and ":" in host else host
    label = name.removesuffix(f".{domain}") if domain and name.endswith(f".{domain}") else ""
    return Door(label, path)


def guess(door: Door, providers: Mapping[str, Provider]) -> Provider | None:
    """The provider that a request names, before it is known whose it is: errors take its shape."""
    return providers.get(door.label) or providers.get(door.path.split("/", 2)[1])


def route(door: Door, token: Token, providers: Mapping[str, Provider]) -> Route:
    """Raises Refused."""
    binding, path, mount = _find(door, token, providers)
    if not permits(binding.provider.paths, binding.provider.denied, path):
        raise Refused(_not_permitted(binding.provider.title, path, "The provider's preset"))
    if (
        token.paths
        and not permits(token.paths, (), path)
        and not permits(token.paths, (), f"{binding.provider.slug}{path}")
    ):
        raise Refused(_not_permitted(binding.provider.title, path, "The token"))
    return Route(binding, path, mount)


def _find(door: Door, token: Token, providers: Mapping[str, Provider]) -> tuple[Binding, str, str]:
    if door.label in providers or (door.label and door.label in token.bindings):
        return _bound(token, door.label, providers), door.path, ""
    if door.label and door.label not in token.labels:
        raise Refused(_WRONG_HOST)
    first, rest = _split(door.path)
    if first in token.bindings or first in providers:
        return _bound(token, first, providers), rest, f"/{first}"
    if door.label and len(token.bindings) == 1:
        return next(iter(token.bindings.values())), door.path, ""
    raise Refused(_nowhere(token))


def _split(path: str) -> tuple[str, str]:
    _, first, *rest = path.split("/", 2)
    return first, f"/{rest[0]}" if rest else "/"


def _bound(token: Token, slug: str, providers: Mapping[str, Provider]) -> Binding:
    binding = token.bindings.get(slug)
    if binding:
        return binding
    title = providers[slug].title if slug in providers else slug
    place = (
        f"{token.project.slug}/{token.environment.slug}" if token.project and token.environment else "its environment"
    )
    raise Refused(
        Refusal(
            404,
            "unbound",
            f"The token stands for no key of {title}.",
            f"An admin can bind a secret of {place} to the provider {slug}.",
        )
    )


def _nowhere(token: Token) -> Refusal:
    bound = ", ".join(f"/{slug}/" for slug in sorted(token.bindings)) or "none yet"
    return Refusal(404, "no-provider", "The path names no provider.", f"The token is bound to: {bound}.")


def _not_permitted(title: str, path: str, who: str) -> Refusal:
    return Refusal(
        403, "endpoint", f"{who} does not permit {path} of {title}.", "An admin can say which endpoints are permitted."
    )
