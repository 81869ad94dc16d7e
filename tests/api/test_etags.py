"""A tag says whether something changed, and to nobody but the holder what it is."""

from dataclasses import replace
from uuid import UUID

from django.test import RequestFactory, SimpleTestCase

from keyvault.actor import Actor, ActorType, TokenKind, TokenScope, Verb
from keyvault.api.etags import etag_of, is_known
from keyvault.ids import uuid7

VERSION = UUID("0190d3f0-0000-7000-8000-000000000001")
DEV = Actor(type=ActorType.PERSON, id=uuid7(), name="dev", org_id=uuid7())


def token() -> TokenScope:
    return TokenScope(token_id=uuid7(), name="laptop", kind=TokenKind.PERSON, verbs=frozenset({Verb.READ}))


class EtagTests(SimpleTestCase):
    def known(self, header: str, etag: str) -> bool:
        return is_known(RequestFactory().get("/", headers={"If-None-Match": header}), etag)

    def test_the_same_holder_sees_the_same_tag_until_the_version_changes(self) -> None:
        held = replace(DEV, token=token())
        self.assertEqual(etag_of(held, VERSION), etag_of(held, VERSION))
        self.assertNotEqual(etag_of(held, VERSION), etag_of(held, uuid7()))
        self.assertRegex(etag_of(held, VERSION), r'^"[A-Za-z0-9_-]{22}"$')

    def test_two_tokens_of_one_person_cannot_be_compared(self) -> None:
        self.assertNotEqual(
            etag_of(replace(DEV, token=token()), VERSION), etag_of(replace(DEV, token=token()), VERSION)
        )

    def test_the_tag_tells_nothing_of_the_version(self) -> None:
        self.assertNotIn(VERSION.hex[:8], etag_of(DEV, VERSION))

    def test_if_none_match_in_all_its_forms(self) -> None:
        etag = etag_of(DEV, VERSION)
        for header in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            self.assertTrue(self.known(header, etag), header)
        for header in ("", '"other"', etag.strip('"'), etag[:-2]):
            self.assertFalse(self.known(header, etag), header)
