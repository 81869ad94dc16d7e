"""Labels of hosts: who gives them, to what, and that each means one thing in the whole installation."""

from typing import Any

from gateway.models import HostLabel
from gateway.services.labels import give_host_label, take_host_label
from gateway.services.upstreams import add_upstream
from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound
from keyvault.flows.offboarding import offboard_member
from tests.tokens.scene import TokenTestCase


class LabelTests(TokenTestCase):
    def give(self, to: Any, label: str = "dana", who: Any = None) -> HostLabel:
        return give_host_label(actor=self.actor(who or self.adam), to=to, label=label)

    def test_a_member_an_identity_and_an_environment_get_one(self) -> None:
        for label, holder, name in (
            ("dana", self.membership(self.dev), "dev@acme.example"),
            ("deploys", self.identity(), "deploy"),
            ("staging-shop", self.staging, "shop/staging"),
        ):
            with self.subTest(label):
                self.give(holder, label)
                [event] = self.assertEvents("host-label:give")
                self.assertEqual(event.document["details"], {"to": name, "before": None})

    def test_another_takes_its_place(self) -> None:
        dev = self.membership(self.dev)
        self.give(dev)
        self.give(dev, "dev")
        self.assertEqual([each.label for each in HostLabel.objects.all()], ["dev"])
        self.give(self.membership(self.vera))  # it is free again

    def test_others_do_not_give_or_take_them(self) -> None:
        dev = self.membership(self.dev)
        given = self.give(dev)
        self.forget_events()
        for who in (self.dev, self.vera):
            with self.assertRaises(NotAllowed):
                self.give(dev, "mine", who)
            with self.assertRaises(NotAllowed):
                take_host_label(actor=self.actor(who), label=given)
            self.assertEvents("host-label:give:denied", "host-label:take:denied")
        for act in (
            lambda: self.give(dev, "mine", self.mallory),
            lambda: take_host_label(actor=self.actor(self.mallory), label=given),
        ):
            with self.assertRaises(NotFound):
                act()
        self.assertEqual([each.label for each in HostLabel.objects.all()], ["dana"])

    def test_providers_and_reserved_words_are_refused(self) -> None:
        for label in (
            "openai",
            "stripe",
            "www",
            "api",
            "admin",
            "gateway",
            "Dana",
            "da.na",
            "da_na",
            "",
            "-a",
            "x" * 64,
        ):
            with self.subTest(label), self.assertRaises(Invalid):
                self.give(self.membership(self.dev), label)
        self.assertEqual(HostLabel.objects.count(), 0)

    def test_one_name_means_one_thing(self) -> None:
        self.give(self.membership(self.dev))
        facts: dict[str, Any] = {"title": "x", "base": "https://x.example", "slots": ["bearer"]}
        add_upstream(actor=self.actor(self.adam), org=self.acme, slug="llm", **facts)
        self.forget_events()
        for label, who, holder in (
            ("dana", self.adam, self.staging), ("llm", self.adam, self.staging),
            ("dana", self.mallory, self.membership(self.mallory)),
        ):  # fmt: skip
            with self.subTest(label), self.assertRaises(Conflict) as taken:
                self.give(holder, label, who)
            self.assertEqual(taken.exception.rule, "host-label-taken")
            self.assertEvents("host-label:give:error")
        with self.assertRaises(Conflict):
            add_upstream(actor=self.actor(self.adam), org=self.acme, slug="dana", **facts)

    def test_who_left_gets_none(self) -> None:
        gone = self.membership(self.vera)
        offboard_member(actor=self.actor(self.olivia, stepped_up=True), membership=gone)
        with self.assertRaises(Conflict):
            self.give(gone)

    def test_taken_away_it_is_free(self) -> None:
        given = self.give(self.membership(self.dev))
        self.forget_events()
        take_host_label(actor=self.actor(self.adam), label=given)
        self.assertEvents("host-label:take")
        with self.assertRaises(NotFound):
            take_host_label(actor=self.actor(self.adam), label=given)
        self.give(self.membership(self.mallory), "dana", self.mallory)
