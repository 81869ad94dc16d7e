"""The client's address: only trusted proxies are believed, and what a client writes itself never is."""

from ipaddress import ip_address, ip_network

from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory, SimpleTestCase, override_settings
from hypothesis import given
from hypothesis import strategies as st

from keyvault.address import (
    UNKNOWN,
    admin_network_allows,
    block_of,
    client_address,
    trusted_proxies,
)
from keyvault.hops import decide_address
from keyvault.networks import is_inside, parse_address, parse_network

PROXY, SECOND_PROXY = "10.0.0.1", "10.0.0.2"
CLIENT = "203.0.113.7"
TRUSTED = (ip_network("10.0.0.0/28"), ip_network("fd00::/64"))


def decided(peer: str, forwarded: str = "") -> str | None:
    address = decide_address(peer, forwarded, TRUSTED)
    return str(address) if address else None


class WhoIsTheClientTests(SimpleTestCase):
    def test_without_a_proxy_the_peer_is_the_client_whatever_it_claims(self) -> None:
        for claim in ("", "1.2.3.4", "127.0.0.1", "1.2.3.4, 10.0.0.1", "junk"):
            self.assertEqual(decided(CLIENT, claim), CLIENT)

    def test_a_trusted_proxy_is_believed(self) -> None:
        self.assertEqual(decided(PROXY, CLIENT), CLIENT)

    def test_what_the_client_wrote_stands_left_of_what_the_proxy_saw(self) -> None:
        for spoof in ("1.2.3.4", "127.0.0.1", "10.0.0.2", "junk", "1.2.3.4, 10.0.0.2", ""):
            self.assertEqual(decided(PROXY, f"{spoof}, {CLIENT}"), CLIENT)

    def test_a_chain_of_proxies_is_walked_from_the_right(self) -> None:
        self.assertEqual(decided(PROXY, f"1.2.3.4, {CLIENT}, {SECOND_PROXY}"), CLIENT)

    def test_an_entry_that_cannot_be_read_ends_the_walk_at_the_last_trusted_hop(self) -> None:
        for junk in ("junk", "", "999.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "unknown", "_hidden", "١.٢.٣.٤"):
            self.assertEqual(decided(PROXY, f"{CLIENT}, {junk}, {SECOND_PROXY}"), SECOND_PROXY)
            self.assertEqual(decided(PROXY, f"{CLIENT}, {junk}"), PROXY)

    def test_with_trusted_hops_only_the_farthest_is_the_client(self) -> None:
        self.assertEqual(decided(PROXY), PROXY)
        self.assertEqual(decided(PROXY, SECOND_PROXY), SECOND_PROXY)

    def test_ports_and_brackets_are_understood(self) -> None:
        self.assertEqual(decided(PROXY, f"{CLIENT}:41123"), CLIENT)
        self.assertEqual(decided(PROXY, "[2001:db8::1]:443"), "2001:db8::1")
        self.assertEqual(decided(PROXY, "[2001:db8::1]"), "2001:db8::1")
        self.assertEqual(decided(PROXY, "2001:db8::1"), "2001:db8::1")
        self.assertEqual(decided(PROXY, f"{CLIENT}:port"), PROXY)

    def test_ipv4_mapped_into_ipv6_is_ipv4(self) -> None:
        self.assertEqual(decided("::ffff:10.0.0.1", f"::ffff:{CLIENT}"), CLIENT)
        self.assertEqual(decided(f"::ffff:{CLIENT}", "1.2.3.4"), CLIENT)

    def test_a_zone_is_dropped_because_the_database_takes_none(self) -> None:
        self.assertEqual(decided("fe80::1%eth0"), "fe80::1")

    def test_a_peer_without_an_address_has_none_and_vouches_for_nobody(self) -> None:
        self.assertIsNone(decided("", CLIENT))
        self.assertIsNone(decided("unix:", CLIENT))

    def test_a_header_of_ten_thousand_entries_is_not_walked(self) -> None:
        endless = ", ".join([CLIENT] + [SECOND_PROXY] * 10_000)
        self.assertEqual(decided(PROXY, endless), SECOND_PROXY)

    @given(st.lists(st.text(max_size=40), max_size=6))
    def test_nothing_that_the_client_sends_changes_the_address(self, claims: list[str]) -> None:
        self.assertEqual(decided(PROXY, ", ".join([*claims, CLIENT])), CLIENT)

    @given(st.text(max_size=60), st.text(max_size=60))
    def test_any_text_at_all_gives_an_address_or_none(self, peer: str, forwarded: str) -> None:
        address = decided(peer, forwarded)
        self.assertTrue(address is None or ip_address(address))


class RequestTests(SimpleTestCase):
    request = RequestFactory().get("/", REMOTE_ADDR=PROXY, headers={"X-Forwarded-For": f"1.2.3.4, {CLIENT}"})

    @override_settings(KEYVAULT_TRUSTED_PROXIES=[])
    def test_nobody_is_trusted_by_default(self) -> None:
        self.assertEqual(client_address(self.request), PROXY)

    @override_settings(KEYVAULT_TRUSTED_PROXIES=["192.0.2.1", " 10.0.0.0/28 "])
    def test_the_settings_name_addresses_and_networks(self) -> None:
        self.assertEqual(client_address(self.request), CLIENT)

    @override_settings(KEYVAULT_TRUSTED_PROXIES=["10.0.0.1/8"])
    def test_a_wrong_setting_is_named_in_a_sentence(self) -> None:
        with self.assertRaisesMessage(ImproperlyConfigured, "KEYVAULT_TRUSTED_PROXIES: 10.0.0.1/8 has host bits set"):
            trusted_proxies()

    def test_other_headers_do_not_count(self) -> None:
        headers = {"X-Real-IP": "1.2.3.4", "Forwarded": "for=1.2.3.4", "Client-IP": "1.2.3.4"}
        request = RequestFactory().get("/", REMOTE_ADDR=CLIENT, headers=headers)
        self.assertEqual(client_address(request), CLIENT)


class BlockTests(SimpleTestCase):
    def test_a_block_is_what_one_person_can_take_all_of(self) -> None:
        blocks = {
            "203.0.113.7": "203.0.113.0/24",
            "::ffff:203.0.113.7": "203.0.113.0/24",
            "2001:db8:1:2:3::4": "2001:db8:1:2::/64",
            None: UNKNOWN,
            "": UNKNOWN,
            "junk": UNKNOWN,
        }
        self.assertEqual({address: block_of(address) for address in blocks}, blocks)

    def test_networks_are_strict_and_mapped_ones_are_ipv4(self) -> None:
        self.assertEqual(parse_network("203.0.113.7"), ip_network("203.0.113.7/32"))
        self.assertEqual(parse_network("::ffff:203.0.113.0/120"), ip_network("203.0.113.0/24"))
        self.assertEqual(parse_network("::/0"), ip_network("::/0"))
        with self.assertRaises(ValueError):
            parse_network("203.0.113.7/24")

    def test_a_network_is_inside_another_of_its_version_only(self) -> None:
        lan = [parse_network("10.0.0.0/8"), parse_network("fd00::/8")]
        for inside in ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "fd00:1::/32"):
            self.assertTrue(is_inside(parse_network(inside), lan), inside)
        for outside in ("0.0.0.0/0", "8.0.0.0/5", "11.0.0.0/8", "::/0", "2001:db8::1"):
            self.assertFalse(is_inside(parse_network(outside), lan), outside)

    @given(st.ip_addresses())
    def test_an_address_lies_in_its_block(self, address: object) -> None:
        parsed = parse_address(str(address))
        assert parsed is not None
        self.assertIn(parsed, ip_network(block_of(str(address))))


class AdminNetworkTests(SimpleTestCase):
    def test_without_a_list_operators_come_from_anywhere(self) -> None:
        for address in (CLIENT, "127.0.0.1", None):
            self.assertTrue(admin_network_allows(address))

    @override_settings(KEYVAULT_ADMIN_NETWORKS=["203.0.113.0/24", "2001:db8::7"])
    def test_with_one_they_come_from_there_and_loopback_is_no_exception(self) -> None:
        for inside in (CLIENT, "::ffff:203.0.113.9", "2001:db8::7"):
            self.assertTrue(admin_network_allows(inside), inside)
        for outside in ("127.0.0.1", "::1", "203.0.114.1", "2001:db8::8", None, "", "junk"):
            self.assertFalse(admin_network_allows(outside), outside)

    @override_settings(KEYVAULT_ADMIN_NETWORKS=["office"])
    def test_a_list_that_cannot_be_read_admits_nobody(self) -> None:
        with self.assertRaisesMessage(ImproperlyConfigured, "KEYVAULT_ADMIN_NETWORKS"):
            admin_network_allows(CLIENT)
