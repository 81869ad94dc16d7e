"""The head of an answer: what the client gets of what the provider said. Pure."""

from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from gateway.model import Binding, Refusal
from gateway.proxy.paths import BadPath, normalise
from gateway.proxy.refusals import Refused
from gateway.proxy.routing import Route
from gateway.proxy.scrubbing import Scrubber
from gateway.proxy.slots import KNOWN_QUERY, in_query

Headers = list[tuple[bytes, bytes]]

_ENDS_HERE = frozenset(
    {
        b"alt-svc", b"cache-control", b"cf-ray", b"cf-cache-status", b"connection", b"clear-site-data", b"date",
        b"expires", b"keep-alive", b"nel", b"openai-organization", b"openai-project", b"anthropic-organization-id",
        b"pragma", b"proxy-authenticate", b"proxy-connection", b"public-key-pins", b"refresh", b"report-to", b"server",
        b"set-cookie", b"set-cookie2", b"strict-transport-security", b"te", b"trailer", b"transfer-encoding",
        b"upgrade", b"via", b"www-authenticate", b"x-powered-by", b"x-served-by", b"link-template",
    }
)  # fmt: skip
_FAMILIES_END_HERE = (b"access-control-", b"x-kv-", b"proxy-")
_REJECTED = Refusal(
    502,
    "upstream-credential-rejected",
    "The provider does not take the key that this token stands for.",
    "The key's owner was told; it needs a new value.",
)
_REDIRECT = Refusal(502, "upstream-redirect", "The provider answered with an address elsewhere, which is not followed.")


def passed_on(headers: Iterable[tuple[bytes, bytes]], scrubber: Scrubber) -> Headers:
    """Without what is between two hops, without cookies and the provider's account, without the key."""
    named: set[bytes] = set()
    kept: Headers = []
    for name, value in headers:
        if name == b"connection":
            named |= {each.strip().lower() for each in value.split(b",")}
        elif name not in _ENDS_HERE and not name.startswith(_FAMILIES_END_HERE):
            kept.append((name, value))
    if named:
        kept = [header for header in kept if header[0] not in named]
    if scrubber.suspects(b"\n".join(value for _, value in kept)):
        return [(name, scrubber.clean(value)) for name, value in kept]
    return kept


def refuse_by_status(status: int, binding: Binding) -> None:
    """Raises Refused where the provider takes the real key for none: its words might hold a part of the key."""
    if status in (401, 403):
        raise Refused(_REJECTED)


def rewrite_location(headers: Headers, status: int, route: Route) -> Headers:
    """A redirect is followed by nobody here, and leads the client back here or nowhere. Raises Refused."""
    location = next((value for name, value in headers if name == b"location"), None)
    if location is None:
        return headers
    if not 300 <= status < 400 and not location.startswith((b"http:", b"https:", b"//")):
        return headers
    here = _back_here(location, route)
    if here is None and 300 <= status < 400:
        raise Refused(_REDIRECT)
    rest = [header for header in headers if header[0] != b"location"]
    return [*rest, (b"location", here)] if here else rest


def _back_here(location: bytes, route: Route) -> bytes | None:
    base = route.binding.base
    own = f"{base.scheme}://{base.authority}"
    try:
        target = urlsplit(urljoin(f"{own}{base.prefix}{route.path}", location.decode("ascii")))
        path = normalise(target.path.encode("ascii"))
    except (ValueError, BadPath):
        return None
    if f"{target.scheme}://{target.netloc}" != own or not path.startswith(f"{base.prefix}/"):
        return None
    query, _ = in_query(target.query.encode("ascii"), KNOWN_QUERY)
    return f"{route.mount}{path.removeprefix(base.prefix)}".encode() + (b"?" + query if query else b"")
