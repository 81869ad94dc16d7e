"""Lists of an MCP server's tools, from the API's services to a real server's door."""

import json
from typing import Any

from django.test import override_settings

from gateway.services.limits import Bounds, remove_limit, set_limit
from gateway.services.upstreams import add_upstream, change_upstream
from keyvault.secrets.models import SecretKind
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from tests.gateway.house import until
from tests.gateway.scene import KEY, GatewayTestCase
from tests.tokens.scene import shown


@override_settings(KEYVAULT_EGRESS_ALLOW=["gateway@127.0.0.1=127.0.0.0/8"])
class ToolTests(GatewayTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = add_upstream(
            actor=self.actor(self.adam), org=self.acme, slug="tracker", title="Tracker", base=self.house.upstream,
            slots=["bearer"], protocol="mcp", errors="jsonrpc",
        )  # fmt: skip
        create_secret(
            actor=self.actor(self.olivia), environment=self.development, name="TRACKER", value=Value.text(KEY),
            kind=SecretKind.BROKERED, provider="tracker",
        )  # fmt: skip

    def call(self, token: str, tool: str) -> int:
        params: dict[str, Any] = {"name": tool, "arguments": {}}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
        return self.house.ask("/tracker/mcp", token, body=body, content_type="application/json").status

    def test_a_tokens_and_its_projects_lists_hold_at_once(self) -> None:
        issued = self.at_development()
        token = shown(issued)
        until(lambda: self.call(token, "create_issue") == 200)
        set_limit(
            actor=self.actor(self.adam), on=self.shop, bounds=Bounds(allowed_tools=("tracker/list_*", "tracker/get_*"))
        )
        until(lambda: self.call(token, "create_issue") == 403)
        self.assertEqual(self.call(token, "get_issue"), 200)
        limit = set_limit(
            actor=self.actor(self.adam), on=issued.token, bounds=Bounds(allowed_tools=("tracker/list_*",))
        )
        until(lambda: self.call(token, "get_issue") == 403)
        self.assertEqual(self.call(token, "list_issues"), 200)
        remove_limit(actor=self.actor(self.adam), limit=limit)
        until(lambda: self.call(token, "get_issue") == 200)

    def test_the_servers_own_list_holds_for_everybody(self) -> None:
        token = shown(self.at_development())
        until(lambda: self.call(token, "create_issue") == 200)
        change_upstream(actor=self.actor(self.adam), upstream=self.server, tools=["list_*"])
        until(lambda: self.call(token, "create_issue") == 403)
        self.assertEqual(self.call(token, "list_issues"), 200)
