"""Providers: the presets that the gateway knows, and the upstreams that organizations added."""

from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.platform import PlatformAct
from gateway.model import Base, Provider, WireProtocol
from gateway.models import Upstream
from gateway.proxy.providers import load
from keyvault.admin import cells
from keyvault.admin.cells import Tone
from keyvault.admin.parts import Cell, Detail, Table
from keyvault.admin.single import SinglePage

_MOST = 500
_TONES: dict[str, Tone] = {"verified": "ok", "documented": "plain", "unverified": "warn"}
_WORDS = {WireProtocol.HTTP: "HTTP", WireProtocol.MCP: "MCP"}


class ProvidersPage(SinglePage):
    see = PlatformAct.SEE_PROVIDERS
    label, one = "Providers", "provider"
    about = "Where the gateway leads: presets, and upstreams of organizations"

    def look(self, request: HttpRequest) -> Detail:
        return Detail(self.label, tables=[_presets(), _upstreams()])


def _presets() -> Table:
    rows = [_preset(provider) for provider in load().values()]
    columns = ("Provider", "Name", "Mark", "Speaks", "Answers at", "Takes its key as")
    return Table("Presets", columns, rows, note="They come with the version: gateway/providers.toml.")


def _preset(provider: Provider) -> list[Cell]:
    speaks = cells.words(_WORDS[provider.protocol], "WebSocket" if provider.websocket else "")
    mark = cells.badge(provider.mark, _TONES[provider.mark])
    slots = ", ".join(str(slot) for slot in provider.slots)
    return [provider.title, cells.code(provider.slug), mark, speaks, provider.base or cells.NOTHING, cells.code(slots)]


def _upstreams() -> Table:
    found = Upstream.objects.select_related("org").order_by("org__slug", "slug")[:_MOST]
    rows: list[list[Cell]] = [
        [
            cells.organization(upstream.org),
            cells.code(upstream.slug),
            Base.parse(upstream.base).authority,
            cells.words(_WORDS[WireProtocol(upstream.protocol)], "WebSocket" if upstream.websocket else ""),
            _state(upstream),
            upstream.created_by,
            cells.moment(upstream.created_at),
        ]
        for upstream in found
    ]
    columns = ("Organisation", "Name", "Host", "Speaks", "State", "Added by", "Added")
    return Table("Upstreams of organisations", columns, rows, "No organisation has added one.")


def _state(upstream: Upstream) -> SafeString:
    return cells.badge("Switched off", "plain") if upstream.disabled_at else cells.badge("On", "ok")
