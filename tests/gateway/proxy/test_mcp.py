"""Lists of an MCP server's tools: what is called is read as the server reads it, or it does not pass."""

import base64
import json
from typing import Any
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Asked, WireProtocol
from gateway.proxy.mcp import judge, lists_for
from tests.gateway.meters import asked
from tests.gateway.proxy.far_side import raw
from tests.gateway.proxy.stage import Heard, StageCase, provider

GITHUB = provider("github", protocol=WireProtocol.MCP, errors="jsonrpc", echoes=True)
READING = ("token", ("github/get_issue", "github/list_*", "github:resources/*"))
INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}}


def call(tool: Any = "get_issue", **more: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {}}, **more}


class JudgeTests(TestCase):
    def rule(self, body: Any, *lists: Any, **more: Any) -> str:
        found = judge(lists or (READING,), asked(body, slug="github", path="/mcp", **more))
        return found.rule if found else ""

    def test_what_is_listed_passes_and_nothing_else(self) -> None:
        for tool in ("get_issue", "list_issues", "list_"):
            self.assertEqual(self.rule(call(tool)), "")
        for tool in ("get_issues", "GET_ISSUE", "get_issue ", "create_issue", "", "lis", "list", "resources/read"):
            self.assertEqual(self.rule(call(tool)), "mcp-tool", tool)

    def test_what_every_client_needs_is_open_and_other_methods_are_listed_apart(self) -> None:
        for method in (
            "initialize",
            "ping",
            "tools/list",
            "logging/setLevel",
            "notifications/initialized",
            "resources/read",
        ):
            self.assertEqual(self.rule({"jsonrpc": "2.0", "id": 1, "method": method}), "", method)
        for method in (
            "prompts/get",
            "completion/complete",
            "get_issue",
            "Initialize",
            "",
            "tools/call2",
            "sampling/x",
        ):
            self.assertEqual(self.rule({"jsonrpc": "2.0", "id": 1, "method": method}), "mcp-tool", method)
        answers: tuple[dict[str, Any], ...] = ({"result": {}}, {"error": {"code": 1, "message": "no"}})
        for answer in answers:
            self.assertEqual(self.rule({"jsonrpc": "2.0", "id": 1, **answer}), "")

    def test_of_a_batch_each_message_counts(self) -> None:
        self.assertEqual(self.rule([call(), call("list_issues"), INITIALIZE]), "")
        self.assertEqual(self.rule([call(), call("create_issue")]), "mcp-tool")
        self.assertEqual(self.rule([[call("create_issue")]]), "mcp-unreadable")

    def test_a_server_that_no_entry_names_is_closed_whole(self) -> None:
        other = ("project", ("linear/search", "githubs/get_issue"))
        self.assertEqual(self.rule(INITIALIZE, other), "mcp-tool")
        self.assertEqual(self.rule(b"", other, method="GET"), "mcp-tool")

    def test_all_lists_must_have_it_and_a_star_is_any_server(self) -> None:
        self.assertEqual(self.rule(call(), READING, ("organization", ("*/get_*",))), "")
        self.assertEqual(self.rule(call("list_issues"), READING, ("organization", ("*/get_*",))), "mcp-tool")
        self.assertEqual(self.rule(call("anything"), ("organization", ("github/*",))), "")
        self.assertEqual(
            self.rule({**INITIALIZE, "method": "prompts/get"}, ("organization", ("github/*",))), "mcp-tool"
        )

    def test_what_has_two_readings_is_refused(self) -> None:
        good = json.dumps(call())
        for body in (
            good.replace('"name": "get_issue"', '"name": "create_issue", "name": "get_issue"'),
            good.replace('"name": "get_issue"', '"name": "get_issue", "name": "create_issue"'),
            good.replace('"name": "get_issue"', '"name": "get_issue", "Name": "create_issue"'),
            good.replace('"name": "get_issue"', '"name": "get_issue", "\\u006eame": "create_issue"'),
            good.replace('"method"', '"method": "ping", "method"'),
            good.replace('"method"', '"Method": "tools/call", "method"').replace(
                '"tools/call", "params"', '"ping", "params"'
            ),
            good.replace('"params"', '"paramſ": {"name": "create_issue"}, "params"'),
            good.replace('"params"', '"PARAMS": {"name": "create_issue"}, "params"'),
            good.replace('"arguments": {}', '"arguments": {"a": 1, "a": 2}'),
        ):
            self.assertEqual(self.rule(body.encode()), "mcp-ambiguous", body)

    def test_headers_say_what_the_body_says(self) -> None:
        """Of MCP 2026: a server may go by them."""
        method, name = (b"mcp-method", b"tools/call"), (b"mcp-name", b"get_issue")
        encoded = (b"mcp-name", b"=?base64?" + base64.b64encode(b"get_issue") + b"?=")
        for headers in ([], [method], [method, name], [name], [method, encoded], [(b"mcp-session-id", b"x")]):
            self.assertIsNone(judge((READING,), self.of_github(call()), headers), headers)
        for headers in (
            [(b"mcp-method", b"tools/list")], [(b"mcp-method", b"Tools/call")], [method, method],
            [method, (b"mcp_method", b"x")],
            [(b"mcp-name", b"create_issue")], [name, (b"mcp-name", b"create_issue")], [(b"mcp_name", b"create_issue")],
            [(b"mcp-name", b"=?base64?" + base64.b64encode(b"create_issue") + b"?=")], [(b"mcp-name", b"=?base64?*?=")],
        ):  # fmt: skip
            refusal = judge((READING,), self.of_github(call()), headers)
            self.assertEqual(refusal and refusal.rule, "mcp-ambiguous", headers)
        for body in ({**INITIALIZE, "method": "ping"}, {"jsonrpc": "2.0", "id": 1, "result": {}}, [call(), call()]):
            refusal = judge((READING,), self.of_github(body), [method, name])
            self.assertEqual(refusal and refusal.rule, "mcp-ambiguous", body)

    def of_github(self, body: Any) -> Asked:
        return asked(body, slug="github", path="/mcp")

    def test_what_cannot_be_read_is_refused(self) -> None:
        good = json.dumps(call()).encode()
        for body in (
            b"", b"{}", b"null", b"1", b'"x"', b"[1]", b"[null]", b"\xef\xbb\xbf" + good, good + b"{}", good[:-1],
            good.decode().encode("utf-16"), b"\xff" + good, b"{'method': 'ping'}", b'{"method": NaN}',
            b'{"method": ["ping"]}', b'{"method": "tools/call"}',
            b'{"method": "tools/call", "params": ["create_issue"]}',
            b'{"method": "tools/call", "params": {"name": ["get_issue"]}}', b'{"method": "\\ud800"}',
            b"[" * 100_000, b'{"a":' * 5000 + b"1" + b"}" * 5000,
        ):  # fmt: skip
            self.assertEqual(self.rule(body), "mcp-unreadable", body[:60])
        for kind in (
            "text/plain",
            "",
            "application/json; charset=utf-16",
            "multipart/form-data",
            "application/x-ndjson",
        ):
            self.assertEqual(self.rule(good, content_type=kind), "mcp-unreadable", kind)
        for method in ("PUT", "PATCH", "PROPFIND", "post", "GET", "DELETE"):
            self.assertEqual(self.rule(good, method=method), "mcp-unreadable", method)
        self.assertEqual(self.rule(b"", websocket=True, method="GET"), "mcp-unreadable")
        for method in ("GET", "DELETE"):
            self.assertEqual(self.rule(b"", method=method), "")

    @given(
        st.recursive(
            st.none() | st.booleans() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["method", "params", "name", "id", "x"]), inner, max_size=4)
            ),
            max_leaves=12,
        )
    )
    def test_no_json_calls_an_unlisted_tool(self, body: Any) -> None:
        """By a plain reading of what passed."""
        if self.rule(json.dumps(body).encode()):
            return
        for message in body if isinstance(body, list) else [body]:
            if message.get("method") == "tools/call":
                name = message["params"]["name"]
                self.assertTrue(name == "get_issue" or name.startswith("list_"))


class ThroughTests(StageCase):
    def token(self, *tools: str, **more: Any) -> str:
        lists = (("token", tools),) if tools else ()
        return self.stage.issue(bindings={"github": self.stage.bind(GITHUB)}, tools=lists, **more)

    def send(self, token: str, body: Any, **more: Any) -> Heard:
        sent = json.dumps(body).encode()
        return self.stage.ask("/github/mcp", token, body=sent, content_type="application/json", **more)

    def test_a_listed_call_arrives_as_it_was_sent(self) -> None:
        token = self.token("github/get_issue")
        self.assertEqual(self.send(token, call()).status, 200)
        self.assertEqual(json.loads(self.far_side.last.body), call())
        self.far_side.reset()
        heard = self.send(token, call("create_issue"))
        self.assertEqual((heard.status, heard.json["error"]["data"]["rule"]), (403, "mcp_tool"))
        self.assertIn("create_issue", heard.json["error"]["message"])
        self.assertEqual(self.far_side.seen, [])
        self.assertEqual(self.stage.notes.refusals[-1][0], "mcp-tool")

    def test_without_a_list_nothing_is_read(self) -> None:
        self.assertEqual(self.stage.ask("/github/mcp", self.token(), body=b"\xff").status, 200)

    def test_a_list_does_not_concern_other_providers(self) -> None:
        token = self.stage.issue(tools=(("token", ("github/get_issue",)),))
        self.assertEqual(self.stage.ask("/openai/v1/models", token, body=b"\xff").status, 200)

    def test_sessions_and_streams_pass(self) -> None:
        events = b"event: message\ndata: {}\n\n"
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nMcp-Session-Id: s1\r\nConnection: close\r\n\r\n"
        self.far_side.answer = raw(head + events, close=True)
        heard = self.send(self.token("github/*"), INITIALIZE)
        self.assertEqual((heard.body, dict(heard.headers)["mcp-session-id"]), (events, "s1"))

    def test_the_servers_own_list_is_one_too(self) -> None:
        server = provider("github", protocol=WireProtocol.MCP, tools=("get_issue", ":resources/*"))
        token = self.stage.issue(bindings={"github": self.stage.bind(server)})
        self.assertEqual(self.send(token, call()).status, 200)
        self.assertEqual(self.send(token, call("create_issue")).status, 403)
        self.assertEqual(self.send(token, {**INITIALIZE, "method": "resources/read"}).status, 200)
        self.assertEqual(self.send(token, {**INITIALIZE, "method": "prompts/get"}).status, 403)
        held = self.stage.tokens.known[token]
        self.assertEqual(lists_for(held, server), (("server", ("github/get_issue", "github:resources/*")),))
