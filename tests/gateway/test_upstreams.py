"""An organization's own upstreams: who makes them, what they may be, and that their host is for good."""

from typing import Any

from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test import override_settings

from gateway.models import Upstream
from gateway.services.upstreams import add_upstream, change_upstream, delete_upstream
from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound
from keyvault.secrets.models import Secret, SecretKind
from keyvault.secrets.services.binding import bind_secret
from keyvault.secrets.services.removing import delete_secret, undelete_secret
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from tests.tokens.scene import TokenTestCase

KEY = "sk-own-" + "c" * 40
ADMITTED = override_settings(
    KEYVAULT_EGRESS_ALLOW=["gateway@10.1.2.3=10.1.2.0/24", "gateway@ollama=10.0.0.0/8", "sso@idp.corp=10.0.0.0/8"]
)


class UpstreamTestCase(TokenTestCase):
    def add(self, slug: str = "llm", **facts: Any) -> Upstream:
        said = {"title": "Our model", "base": "https://llm.acme.example", "slots": ["bearer"], **facts}
        actor = said.pop("actor", None) or self.actor(self.adam)
        return add_upstream(actor=actor, org=self.acme, slug=slug, **said)

    def unfit(self, field: str, **facts: Any) -> None:
        with self.subTest(**{field: facts}), self.assertRaises(Invalid) as refusal:
            self.add(**facts)
        self.assertEqual(refusal.exception.extra["field"], field)


class AddingTests(UpstreamTestCase):
    def test_admins_add_them_and_others_do_not(self) -> None:
        made = self.add(slots=["header:X-Key", "bearer"], also={"X-App": "app"}, paths=["/v1/chat"])
        [event] = self.assertEvents("upstream:add")
        self.assertEqual(event.document["details"]["also"], ["x-app: app"])
        self.assertEqual((made.slots, made.also), (["header:x-key", "bearer"], {"x-app": "app"}))
        for who in (self.dev, self.vera):
            with self.assertRaises(NotAllowed):
                self.add("other", actor=self.actor(who))
            self.assertEvents("upstream:add:denied")
        with self.assertRaises(NotFound):
            self.add("other", actor=self.actor(self.mallory))
        self.assertEqual([each.slug for each in Upstream.objects.all()], ["llm"])

    def test_a_name_is_nobody_elses(self) -> None:
        self.add()
        for slug in ("openai", "stripe", "api", "www", "A", "a_b", "-a", "", "a.b", "x" * 64):
            self.unfit("slug", slug=slug)
        with self.assertRaises(Conflict) as taken:
            self.add()
        self.assertEqual(taken.exception.rule, "slug-taken")
        add_upstream(
            actor=self.actor(self.mallory), org=self.evil_corp, slug="llm", title="Theirs", base="https://llm.evil.example",
            slots=["bearer"],
        )  # fmt: skip

    def test_the_address_is_https_and_outside(self) -> None:
        for base in (
            "http://llm.acme.example", "ftp://x.example", "https://", "https://u@x.example", "https://u:p@x.example",
            "https://x.example?a=1", "https://x.example/#a", "https://x.example:0", "https://x.example:70000",
            "https://x.example/../y", "https://x.example/a/./b", "https://x.example/a//b", "https://x.example/%2e%2e",
            "https://x.example\\@evil.example", "https://x.exa\nmple", "https://x.example\t", "https://käse.example",
            "https://localhost", "https://127.0.0.1", "https://127.1", "https://2130706433", "https://0x7f.1",
            "https://[::1]", "https://[::ffff:10.0.0.1]", "https://[64:ff9b::a00:1]", "https://10.1.2.3",
            "https://169.254.169.254", "https://192.168.1.1:8443", "https://ollama", "https://x_y.example",
            "https://x.example./", "https://-x.example", "https://" + "x" * 300 + ".example", "https://{host}.example",
        ):  # fmt: skip
            self.unfit("base", base=base)
        self.assertEqual(self.add(base="https://LLM.Acme.example:443/openai/").base, "https://llm.acme.example/openai")

    @ADMITTED
    def test_an_operator_admits_what_is_inside(self) -> None:
        self.assertEqual(self.add("one", base="https://10.1.2.3:8443").base, "https://10.1.2.3:8443")
        self.assertEqual(self.add("two", base="http://ollama:11434/v1").base, "http://ollama:11434/v1")
        for base in ("http://10.1.2.4", "https://10.1.2.4", "http://idp.corp", "https://localhost"):
            self.unfit("base", base=base)

    def test_slots_paths_and_headers_are_what_they_may_be(self) -> None:
        for slots in (
            [], ["cookie"], ["header:"], ["header:host"], ["header:connection"], ["header:x-forwarded-for"],
            ["bearer:x"], ["header:a b"], ["header:a\r\nb"], ["header:content-length"], ["query:"], ["query:a&b"],
            ["basic-password:"], ["header:sec-key"], ["bearer"] * 8,
        ):  # fmt: skip
            self.unfit("slots", slots=slots)
        for also in ({"host": "x"}, {"a b": "x"}, {"x-a": "a b"}, {"x-a": ""}, {f"x-{n}": "a" for n in range(9)}):
            self.unfit("also", also=also)
        for paths in ([], ["v1"], ["/v1/../x"], ["/a//b"], ["/a b"], ["/v1/"], ["/%2e"], [f"/{n}" for n in range(65)]):
            self.unfit("paths", paths=paths)
        self.unfit("denied", denied=["x"])
        self.unfit("errors", errors="soap")
        self.unfit("usage", usage="soap")
        self.unfit("title", title=" ")
        self.unfit("protocol", protocol="soap")
        self.unfit("tools", tools=["search"])
        for tools in (["a b"], ["*"], [":"], ["a*b"], ["a\nb"], ["x" * 129]):
            self.unfit("tools", tools=tools, protocol="mcp")
        self.add("mine", protocol="mcp", tools=["search", "list_*", ":resources/*", ":prompts/get"])
        self.assertEqual(Upstream.objects.count(), 1)


class ChangingTests(UpstreamTestCase):
    def test_what_is_said_changes_and_the_rest_stays(self) -> None:
        made = self.add(paths=["/v1"])
        self.forget_events()
        changed = change_upstream(actor=self.actor(self.adam), upstream=made, title="Renamed", slots=["token"])
        [event] = self.assertEvents("upstream:change")
        self.assertEqual(event.document["details"], {"title": "Renamed", "slots": ["token"]})
        self.assertEqual((changed.paths, changed.base), (["/v1"], made.base))

    def test_off_and_on(self) -> None:
        made = self.add()
        off = change_upstream(actor=self.actor(self.adam), upstream=made, enabled=False)
        self.assertIsNotNone(off.disabled_at)
        with self.assertRaises(Invalid):
            self.bound()
        on = change_upstream(actor=self.actor(self.adam), upstream=made, enabled=True)
        self.assertIsNone(on.disabled_at)
        self.bound()

    def test_others_do_not_change_or_delete_it(self) -> None:
        made = self.add()
        self.forget_events()
        for who in (self.dev, self.vera):
            with self.assertRaises(NotAllowed):
                change_upstream(actor=self.actor(who), upstream=made, title="Mine")
            with self.assertRaises(NotAllowed):
                delete_upstream(actor=self.actor(who), upstream=made)
            self.assertEvents("upstream:change:denied", "upstream:delete:denied")
        with self.assertRaises(NotFound):
            change_upstream(actor=self.actor(self.mallory), upstream=made, title="Mine")

    def test_name_and_host_are_for_good_in_the_database_too(self) -> None:
        made = self.add()
        for column in ("slug", "base"):
            with self.assertRaises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE gateway_upstream SET {column} = 'https://evil.example' WHERE id = %s", [made.pk]
                )

    def test_it_is_deleted_once_no_key_is_bound(self) -> None:
        made = self.add()
        secret = self.bound()
        self.assertEqual((secret.provider, secret.upstream), ("llm", "https://llm.acme.example"))
        self.forget_events()
        with self.assertRaises(Conflict) as refused:
            delete_upstream(actor=self.actor(self.adam), upstream=made)
        self.assertEqual(refused.exception.rule, "upstream-in-use")
        self.assertEvents("upstream:delete:error")
        delete_secret(actor=self.actor(self.olivia), secret=secret)
        delete_upstream(actor=self.actor(self.adam), upstream=made)
        self.assertEventsInclude("upstream:delete")
        with self.assertRaises(NotFound):
            delete_upstream(actor=self.actor(self.adam), upstream=made)

    def bound(self) -> Any:
        return create_secret(
            actor=self.actor(self.olivia), environment=self.development, name="LLM", value=Value.text(KEY),
            kind=SecretKind.BROKERED, provider="llm",
        ).secret  # fmt: skip


class BindingTests(UpstreamTestCase):
    def test_a_key_needs_the_fields_of_the_second_header(self) -> None:
        self.add(slots=["header:x-key"], also={"x-app": "app"})
        stored: dict[str, Any] = {"environment": self.development, "kind": SecretKind.BROKERED, "provider": "llm"}
        with self.assertRaises(Invalid):
            create_secret(actor=self.actor(self.olivia), name="LLM", value=Value.text(KEY), **stored)
        create_secret(
            actor=self.actor(self.olivia), name="LLM", value=Value.fields({"key": KEY, "app": "a1"}), **stored
        )

    def test_bound_to_another_host_the_key_is_entered_again(self) -> None:
        self.add("one")
        self.add("two", base="https://other.acme.example")
        stored: dict[str, Any] = {"environment": self.development, "kind": SecretKind.BROKERED, "provider": "one"}
        secret = create_secret(actor=self.actor(self.olivia), name="LLM", value=Value.text(KEY), **stored).secret
        with self.assertRaises(Invalid):
            bind_secret(actor=self.actor(self.olivia), secret=secret, provider="two")
        moved = bind_secret(actor=self.actor(self.olivia), secret=secret, provider="two", value=Value.text(KEY))
        self.assertEqual(moved.upstream, "https://other.acme.example")

    def test_anothers_upstream_is_none(self) -> None:
        self.add()
        with self.assertRaises(NotFound):
            create_secret(
                actor=self.actor(self.mallory), environment=self.development, name="LLM", value=Value.text(KEY),
                kind=SecretKind.BROKERED, provider="llm",
            )  # fmt: skip


class DetourTests(UpstreamTestCase):
    """An upstream of one's own is no way to a key that one may not read."""

    def in_production(self, **facts: Any) -> Secret:
        owner = self.actor(self.olivia, stepped_up=True)
        return create_secret(
            actor=owner, environment=self.production, name="LLM", value=Value.text(KEY), **facts
        ).secret

    def test_a_key_that_an_admin_may_not_read_is_not_bound_by_them(self) -> None:
        self.add()
        secret = self.in_production()
        with self.assertRaises(NotAllowed):
            bind_secret(actor=self.actor(self.adam, stepped_up=True), secret=secret, provider="llm")
        self.assertEqual(Secret.objects.get(pk=secret.pk).upstream, "")

    def test_one_that_is_bound_is_not_led_elsewhere_without_its_value(self) -> None:
        self.add()
        secret = self.in_production(kind=SecretKind.BROKERED, provider="openai")
        with self.assertRaises(Invalid):
            bind_secret(actor=self.actor(self.adam, stepped_up=True), secret=secret, provider="llm")
        self.assertEqual(Secret.objects.get(pk=secret.pk).upstream, "https://api.openai.com")

    def test_another_upstream_of_the_same_name_does_not_inherit_a_deleted_key(self) -> None:
        first = self.add()
        secret = self.in_production(kind=SecretKind.BROKERED, provider="llm")
        delete_secret(actor=self.actor(self.olivia, stepped_up=True), secret=secret)
        delete_upstream(actor=self.actor(self.adam), upstream=first)
        self.add(base="https://elsewhere.example")
        back = undelete_secret(actor=self.actor(self.adam), secret=secret)
        self.assertEqual(back.upstream, "https://llm.acme.example")
        with self.assertRaises(Invalid):
            bind_secret(actor=self.actor(self.adam, stepped_up=True), secret=back, provider="llm")
