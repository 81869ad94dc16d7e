"""The one way out: internal addresses, redirects, proxies, endless and slow answers, foreign certificates."""

import os
import socket
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import requests
from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase, override_settings

from keyvault import egress
from keyvault.egress import EgressRefused, EgressSession, admissions, require_askable
from keyvault.networks import is_public, parse_address
from tests.egress.server import certificate_for, far_side

LOCAL = override_settings(KEYVAULT_EGRESS_ALLOW=["sso@localhost=127.0.0.0/8", "sso@localhost=::1/128"])


class InternalAddressTests(SimpleTestCase):
    def test_without_an_operators_word_nothing_internal_is_connected_to(self) -> None:
        with far_side() as server:
            for host in ("localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"):
                with self.subTest(host), self.assertRaises(EgressRefused):
                    EgressSession("sso").get(f"https://{host}:{server.port}/")
            self.assertEqual(server.asked, [])

    def test_the_metadata_service_and_private_networks_are_refused_before_any_connection(self) -> None:
        """A connection would hang or fail in another way: what is refused here is the address."""
        for host in ("169.254.169.254", "10.0.0.1", "192.168.1.1", "[fd00:ec2::254]", "100.64.0.1", "168.63.129.16"):
            with self.subTest(host), self.assertRaisesMessage(EgressRefused, "inside a private network"):
                EgressSession("sso").get(f"https://{host}/latest/meta-data/")

    def test_the_table_of_addresses(self) -> None:
        internal = (
            "127.0.0.1 127.8.8.8 0.0.0.0 10.1.2.3 172.16.0.1 192.168.0.1 169.254.169.254 100.64.0.1 224.0.0.1"
            " 255.255.255.255 198.18.0.1 192.0.2.1 168.63.129.16 :: ::1 fe80::1 fc00::1 fd00:ec2::254 ff02::1"
            " 2001:db8::1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2002:7f00:1:: 2002:a9fe:a9fe::"
        )
        for text in internal.split():
            with self.subTest(text):
                address = parse_address(text)
                assert address is not None
                self.assertFalse(is_public(address))
        for text in ("8.8.8.8", "140.82.121.4", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::"):
            with self.subTest(text):
                address = parse_address(text)
                assert address is not None
                self.assertTrue(is_public(address))

    def test_an_operator_admits_a_host_for_a_purpose_into_a_network(self) -> None:
        with far_side() as server:
            url = f"http://localhost:{server.port}/"
            with LOCAL:
                self.assertEqual(EgressSession("sso").get(url).json(), {"hello": "you"})
                with self.assertRaises(EgressRefused):
                    EgressSession("webhook").get(url)
                with self.assertRaises(EgressRefused):
                    EgressSession("sso").get(f"http://127.0.0.1:{server.port}/")
            elsewhere = override_settings(KEYVAULT_EGRESS_ALLOW=["sso@localhost=127.9.0.0/16"])
            with elsewhere, self.assertRaisesMessage(EgressRefused, "inside a private network"):
                EgressSession("sso").get(url)
            self.assertEqual([path for path, _ in server.asked], ["/"])

    def test_the_connection_goes_to_the_address_that_was_checked(self) -> None:
        """The name is looked up once: a name server that changes its mind meanwhile is not asked again."""
        asked = []
        real = socket.getaddrinfo

        def counting(host: str, *args: Any, **kwargs: Any) -> Any:
            asked.append(host)
            return real(host, *args, **kwargs)

        with far_side() as server, LOCAL, mock.patch("socket.getaddrinfo", counting):
            EgressSession("sso").get(f"http://localhost:{server.port}/")
        self.assertEqual(asked, ["localhost"])


class FormTests(SimpleTestCase):
    def test_an_address_is_https_and_names_a_host(self) -> None:
        bad = "http://idp.example ftp://idp.example file:///etc/passwd https:// https://a:b@idp.example //idp.example x"
        for url in [*bad.split(), "https://idp.example:99999/", "https://idp.example@127.0.0.1/", "https://[::1"]:
            with self.subTest(url), self.assertRaises(EgressRefused):
                require_askable(url, "sso")
        require_askable("https://idp.example/realms/acme", "sso")

    @override_settings(KEYVAULT_EGRESS_ALLOW=["sso@idp.corp.example=10.0.0.0/8"])
    def test_plain_http_is_for_loopback_only_whatever_is_admitted(self) -> None:
        with self.assertRaises(EgressRefused):
            require_askable("http://idp.corp.example/", "sso")

    def test_a_malformed_admission_is_named(self) -> None:
        for text in ("idp.example=10.0.0.0/8", "sso@idp.example", "sso@idp.example=10.0.0.1/8"):
            bad = override_settings(KEYVAULT_EGRESS_ALLOW=[text])
            with self.subTest(text), bad, self.assertRaisesMessage(ImproperlyConfigured, "KEYVAULT_EGRESS_ALLOW"):
                admissions()


@LOCAL
class AnswerTests(SimpleTestCase):
    def test_a_redirect_is_not_followed(self) -> None:
        with far_side() as server, self.assertRaisesMessage(EgressRefused, "redirect"):
            EgressSession("sso").get(f"http://localhost:{server.port}/redirect", allow_redirects=True)

    def test_an_endless_answer_is_cut(self) -> None:
        with far_side() as server, self.assertRaisesMessage(EgressRefused, "longer than"):
            EgressSession("sso").get(f"http://localhost:{server.port}/endless")

    def test_an_answer_that_drips_is_cut_off(self) -> None:
        with (
            far_side() as server,
            mock.patch.object(egress, "SECONDS_IN_ALL", 0.5),
            self.assertRaises(EgressRefused),
        ):
            EgressSession("sso").get(f"http://localhost:{server.port}/drip")

    def test_proxies_and_netrc_of_the_environment_are_ignored(self) -> None:
        with tempfile.TemporaryDirectory() as folder, far_side() as server:
            netrc = Path(folder) / "netrc"
            netrc.write_text("machine localhost login robot password hunter2\n")
            proxies = {"HTTP_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1", "NETRC": str(netrc)}
            with mock.patch.dict(os.environ, proxies):
                EgressSession("sso").get(f"http://localhost:{server.port}/")
            self.assertNotIn("Authorization", server.asked[0][1])

    def test_the_certificate_is_of_the_name_and_of_a_known_authority(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            good, other = certificate_for("localhost", folder), certificate_for("other.example", folder)
            with far_side(good) as server:
                url = f"https://localhost:{server.port}/"
                with self.assertRaises(requests.exceptions.SSLError):
                    EgressSession("sso").get(url)
                with override_settings(KEYVAULT_EGRESS_CA=str(good)):
                    self.assertEqual(EgressSession("sso").get(url).status_code, 200)
            with (
                far_side(other) as server,
                override_settings(KEYVAULT_EGRESS_CA=str(other)),
                self.assertRaises(requests.exceptions.SSLError),
            ):
                EgressSession("sso").get(f"https://localhost:{server.port}/")
