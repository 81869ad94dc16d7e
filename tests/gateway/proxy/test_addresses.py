"""No base address leads into the house, whatever its name resolves to and whenever."""

import asyncio
import socket
import ssl
from typing import Any
from unittest import IsolatedAsyncioTestCase

from gateway.model import Base
from gateway.upstream.addresses import Admission, resolve
from gateway.upstream.aiohttp_client import AiohttpUpstream
from gateway.upstream.client import OwnUpstream
from gateway.upstream.dialing import Dialer
from gateway.upstream.interface import AddressRefused, Call, CannotConnect, UpstreamError
from keyvault.networks import parse_network
from tests.gateway.proxy.stage import CHAT, StageCase

INSIDE = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
    "169.254.170.2", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::", "2001:db8::1", "::127.0.0.1",
    "64:ff9b:1::a00:1", "::ffff:0:10.0.0.1",
)  # fmt: skip


class Names:
    """A name server: each name gives its answers in turn, the last of them for good."""

    def __init__(self, **names: list[list[str]]) -> None:
        self.names = {name.replace("_", "."): answers for name, answers in names.items()}
        self.asked = 0

    def install(self) -> None:
        asyncio.get_running_loop().getaddrinfo = self._look_up  # type: ignore[method-assign]

    async def _look_up(self, host: Any, port: Any, **_: Any) -> list[Any]:
        self.asked += 1
        answers = self.names[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]


class ResolvingTests(IsolatedAsyncioTestCase):
    async def test_no_address_of_the_house_is_a_provider(self) -> None:
        for address in INSIDE:
            for scheme in ("https", "http"):
                with self.subTest(address, scheme=scheme), self.assertRaises(AddressRefused):
                    await resolve(scheme, address, 443, ())

    async def test_a_name_that_leads_inside_is_refused(self) -> None:
        for address in INSIDE:
            Names(a_example=[[address]], b_example=[["1.1.1.1", address]]).install()
            for name in ("a.example", "b.example"):
                with self.subTest(name, address=address), self.assertRaises(AddressRefused):
                    await resolve("https", name, 443, ())
        with self.assertRaises(AddressRefused):
            Names(localhost=[["127.0.0.1"]]).install()
            await resolve("https", "localhost", 443, ())

    async def test_other_spellings_of_an_address_lead_no_further(self) -> None:
        for spelling in ("127.1", "0x7f.1", "2130706433", "0177.0.0.1", "127.0.0.1."):
            with self.subTest(spelling), self.assertRaises(UpstreamError):
                await resolve("https", spelling, 443, ())

    async def test_the_internet_is_reached_by_tls_only(self) -> None:
        self.assertEqual(await resolve("https", "1.1.1.1", 443, ()), ["1.1.1.1"])
        with self.assertRaises(AddressRefused):
            await resolve("http", "1.1.1.1", 80, ())

    async def test_an_operator_admits_one_host_to_one_network(self) -> None:
        admitted = [Admission("llm.internal", parse_network("10.1.0.0/16"))]
        Names(llm_internal=[["10.1.2.3"]], other_internal=[["10.1.2.3"]]).install()
        self.assertEqual(await resolve("http", "llm.internal", 80, admitted), ["10.1.2.3"])
        with self.assertRaises(AddressRefused):
            await resolve("https", "other.internal", 443, admitted)
        Names(llm_internal=[["10.2.0.1"]]).install()
        with self.assertRaises(AddressRefused):
            await resolve("http", "llm.internal", 80, admitted)


class RebindingTests(IsolatedAsyncioTestCase):
    async def test_the_address_that_was_checked_is_the_one_that_is_asked(self) -> None:
        """The name is asked once a connection; what it says later is a new question with a new check."""
        for make in (OwnUpstream, AiohttpUpstream):
            with self.subTest(make.__name__):
                reached: list[int] = []
                server = await asyncio.start_server(lambda *_, seen=reached: seen.append(1), "127.0.0.1", 0)
                port = server.sockets[0].getsockname()[1]
                Names(a_example=[["192.0.2.1"], ["127.0.0.1"]]).install()  # no provider's address, then the house
                upstream = make(Dialer())
                for _ in range(2):
                    with self.assertRaises(UpstreamError) as refused:
                        async with asyncio.timeout(5):
                            await upstream.request(Call(Base("https", "a.example", port), "GET", b"/", []))
                    self.assertIsInstance(refused.exception, AddressRefused)
                    self.assertNotIn("127.0.0.1", str(refused.exception))
                self.assertEqual(reached, [])
                await upstream.close()
                server.close()

    async def test_a_certificate_of_another_name_is_refused(self) -> None:
        for make in (OwnUpstream, AiohttpUpstream):
            with self.subTest(make.__name__):
                server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
                port = server.sockets[0].getsockname()[1]
                here = [Admission("127.0.0.1", parse_network("127.0.0.0/8"))]
                upstream = make(Dialer(here, ssl.create_default_context()))
                with self.assertRaises(CannotConnect):
                    await upstream.request(Call(Base("https", "127.0.0.1", port), "GET", b"/", []))
                await upstream.close()
                server.close()


class NotAdmittedTests(StageCase):
    options = {"admissions": []}

    def test_a_binding_to_this_machine_is_refused_and_nothing_is_sent(self) -> None:
        heard = self.stage.ask(CHAT, self.stage.issue())
        self.assertEqual((heard.status, heard.code), (502, "upstream_address"))
        self.assertEqual(self.far_side.connections, 0)
