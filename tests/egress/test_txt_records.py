"""The records by which a domain is proven."""

from unittest import mock

from django.test import SimpleTestCase, override_settings

from keyvault import egress
from keyvault.egress import EgressRefused, txt_records
from tests.egress.name_server import name_server


class TxtTests(SimpleTestCase):
    def test_records_are_read_from_the_configured_server(self) -> None:
        records = {"acme.example": ["v=spf1 -all", "keyvault=abc"], "bare.example": []}
        with name_server(records) as address, override_settings(KEYVAULT_DNS_SERVERS=[address]):
            self.assertCountEqual(txt_records("acme.example"), ["v=spf1 -all", "keyvault=abc"])
            self.assertEqual(txt_records("bare.example"), [])
            self.assertEqual(txt_records("nowhere.example"), [])

    def test_a_server_that_does_not_answer_is_no_proof_of_absence(self) -> None:
        silent = override_settings(KEYVAULT_DNS_SERVERS=["127.0.0.1#1"])
        with silent, mock.patch.object(egress, "SECONDS_TO_CONNECT", 0.3), self.assertRaises(EgressRefused):
            txt_records("acme.example")
