"""The presets are well-formed, keep administration out, and say how sure they are."""

from unittest import TestCase

from gateway.model import WireProtocol
from gateway.proxy.paths import permits
from gateway.proxy.providers import MARKS, base_of, load, parse
from gateway.proxy.refusals import _SHAPES

REFERENCE = (
    "openai anthropic gemini mistral groq cohere openrouter deepseek xai together fireworks cerebras perplexity "
    "nvidia-nim azure-openai bedrock huggingface replicate elevenlabs deepgram stripe sendgrid twilio resend postmark "
    "github slack notion linear mapbox google-maps algolia pinecone sentry datadog generic mcp"
).split()
USAGE = {"", "openai", "anthropic", "gemini", "cohere"}


class PresetTests(TestCase):
    def setUp(self) -> None:
        self.presets = load()

    def test_all_of_them_are_there(self) -> None:
        self.assertEqual(list(self.presets), REFERENCE)
        self.assertEqual(len(self.presets), 37)

    def test_each_is_well_formed(self) -> None:
        for slug, preset in self.presets.items():
            with self.subTest(slug):
                self.assertRegex(slug, r"^[a-z][a-z0-9-]{1,30}$")
                self.assertTrue(preset.base.startswith("https://"))
                self.assertIn(preset.mark, MARKS)
                self.assertIn(preset.errors, _SHAPES)
                self.assertIn(preset.usage, USAGE)
                self.assertTrue(preset.paths and all(path.startswith("/") for path in preset.paths + preset.denied))
                self.assertEqual(len(preset.slots), len(set(preset.slots)))
                self.assertEqual(preset.protocol is WireProtocol.MCP, preset.errors == "jsonrpc")

    def test_each_says_how_a_env_names_it(self) -> None:
        said = [preset.env for preset in self.presets.values() if preset.env]
        self.assertEqual(len(said), len(self.presets))
        for env in said:
            with self.subTest(env.key):
                self.assertRegex(env.key, r"^[A-Z][A-Z0-9_]+$")
                self.assertRegex(env.base, r"^[A-Z][A-Z0-9_]+$")
                self.assertRegex(env.path, r"^((/[a-z0-9]+)+/?)?$")
        self.assertEqual(len({name for env in said for name in (env.key, env.base)}), 2 * len(said))

    def test_administration_is_closed(self) -> None:
        for slug, path in {
            "openai": "/v1/organization/admin_api_keys", "anthropic": "/v1/organizations/users",
            "stripe": "/v3/x", "slack": "/api/admin.users.list", "github": "/app/installations",
            "datadog": "/api/v2/current_user/application_keys", "sendgrid": "/v3/api_keys/1",
            "twilio": "/2010-04-01/Accounts/AC1/Keys.json", "openrouter": "/api/v1/keys", "mapbox": "/tokens/v2/me",
        }.items():  # fmt: skip
            with self.subTest(slug):
                self.assertFalse(permits(self.presets[slug].paths, self.presets[slug].denied, path))

    def test_ordinary_calls_are_open(self) -> None:
        for slug, path in {
            "openai": "/v1/chat/completions", "anthropic": "/v1/messages/batches", "groq": "/openai/v1/models",
            "gemini": "/v1beta/models/gemini-pro:streamGenerateContent", "slack": "/api/chat.postMessage",
            "azure-openai": "/openai/deployments/d/chat/completions", "stripe": "/v1/charges", "github": "/user",
        }.items():  # fmt: skip
            with self.subTest(slug):
                self.assertTrue(permits(self.presets[slug].paths, self.presets[slug].denied, path))

    def test_a_variable_leads_to_no_other_host(self) -> None:
        azure, datadog = self.presets["azure-openai"], self.presets["datadog"]
        self.assertEqual(base_of(azure, {"resource": "Acme-1"}).host, "acme-1.openai.azure.com")
        for value in ("", "a/b", "a@b", "evil.example#", "evil.example:1", "a..b", "..", "a b", "ä", "evil.example/"):
            with self.subTest(value), self.assertRaises(ValueError):
                base_of(azure, {"resource": value})
        self.assertEqual(base_of(datadog, {"site": "datadoghq.eu"}).host, "api.datadoghq.eu")
        with self.assertRaises(ValueError):
            base_of(datadog, {"site": "evil.example"})

    def test_where_the_whole_host_is_said_it_is_a_name_on_the_internet(self) -> None:
        for slug in ("generic", "mcp"):
            self.assertEqual(base_of(self.presets[slug], {"host": "Api.Example.com"}).host, "api.example.com")
            for value in (
                "localhost",
                "10.0.0.1",
                "127.1",
                "2130706433",
                "ollama",
                "x.example/",
                "x.example:1",
                "[::1]",
            ):
                with self.subTest(value), self.assertRaises(ValueError):
                    base_of(self.presets[slug], {"host": value})

    def test_a_wrong_entry_is_named(self) -> None:
        good = {"slug": "x", "title": "X", "base": "https://x.example", "slots": ["bearer"], "mark": "unverified"}
        self.assertEqual(parse(good).slug, "x")
        wrongs: tuple[dict[str, object], ...] = (
            {"slots": ["cookie"]}, {"slots": []}, {"mark": "good"}, {"base": "ftp://x"}, {"base": "https://u@x"},
            {"base": "https://{y}"}, {"unknown": 1}, {"protocol": "soap"}, {"env": {"key": "X"}},
        )  # fmt: skip
        for wrong in wrongs:
            with self.subTest(wrong), self.assertRaisesRegex(ValueError, "x"):
                parse({**good, **wrong})
