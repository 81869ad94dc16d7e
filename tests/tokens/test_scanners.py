"""The scanner rules of docs/scanners, by their own regexes: every minted token, and nothing that only resembles one."""

import importlib.util
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import TestCase

import yaml
from hypothesis import given
from hypothesis import strategies as st

from keyvault.actor import TokenKind
from keyvault.target import Tier
from orgs import scim_format
from tokens.format import ALPHABET, mint

SCANNERS = Path(__file__).resolve().parents[2] / "docs" / "scanners"
Find = Callable[[str], list[str]]

tiers = st.sampled_from([None, *Tier])
secret = st.builds(mint, st.sampled_from([TokenKind.PERSON, TokenKind.SERVICE, TokenKind.CI]), tiers)
team = st.builds(mint, st.just(TokenKind.TEAM), tiers)
places = st.sampled_from(
    ["{}", 'KEY="{}"', "Authorization: Bearer {}", "https://u:{}@h/", "OpenAI('{}')", "x={}&y", "{}\n", "é{}é", "-{}."]
)
words = st.sampled_from(
    [
        "kvp_any_",
        "kvstore_prd_settings",
        "kvs_prd_" + "x" * 35,
        "kvs_prd_" + "x" * 37,
        "kvs_live_" + "x" * 36,
        "kvx_prd_" + "x" * 36,
        "kvs-prd-" + "x" * 36,
        "KVS_PRD_" + "X" * 36,
        "mykvs_prd_" + "x" * 36,
        "kvs_prd_" + "x" * 20 + "-" + "x" * 15,
        "kvs_prd_" + "é" * 36,
        "ghp_" + "x" * 36,
    ]
)


def gitleaks() -> tuple[Find, Find, Find]:
    rules = {rule["id"]: rule for rule in tomllib.loads((SCANNERS / "gitleaks.toml").read_text())["rules"]}
    named = ("keyvault-token", "keyvault-team-token", "keyvault-scim-token")
    first, second, third = (_by_rule(rules.pop(name)) for name in named)
    return first, second, third


def trufflehog() -> tuple[Find, Find, Find]:
    rules = yaml.safe_load((SCANNERS / "trufflehog.yaml").read_text())["detectors"]
    first, second, third = (_by_rule({**rule, "regex": rule["regex"]["token"]}) for rule in rules)
    return first, second, third


def detect_secrets() -> tuple[Find, Find, Find]:
    plugin = _plugin()
    return (
        lambda text: list(plugin.KeyVaultToken().analyze_string(text)),
        lambda text: list(plugin.KeyVaultTeamToken().analyze_string(text)),
        lambda text: list(plugin.KeyVaultScimToken().analyze_string(text)),
    )


def _by_rule(rule: dict[str, Any]) -> Find:
    """As the scanners do: first the keywords, then the regex, in RE2's ASCII reading of ``\\b``."""
    regex = re.compile(rule["regex"], re.ASCII)

    def find(text: str) -> list[str]:
        return regex.findall(text) if any(word in text.lower() for word in rule["keywords"]) else []

    return find


class _RegexBasedDetector:
    """What the plugin uses of detect_secrets.plugins.base, which is not installed here."""

    denylist: tuple[re.Pattern[str], ...]

    def analyze_string(self, string: str) -> Iterator[str]:
        for regex in self.denylist:
            yield from regex.findall(string)


def _plugin() -> ModuleType:
    base = ModuleType("detect_secrets.plugins.base")
    base.RegexBasedDetector = _RegexBasedDetector  # type: ignore[attr-defined]
    names = ["detect_secrets", "detect_secrets.plugins", base.__name__]
    spec = importlib.util.spec_from_file_location("detect_secrets_keyvault", SCANNERS / "detect_secrets_keyvault.py")
    assert spec is not None
    assert spec.loader is not None
    plugin = importlib.util.module_from_spec(spec)
    sys.modules.update(zip(names, (ModuleType(names[0]), ModuleType(names[1]), base), strict=True))
    try:
        spec.loader.exec_module(plugin)
    finally:
        for name in names:
            del sys.modules[name]
    return plugin


SECRET_RULES = {"gitleaks": gitleaks()[0], "trufflehog": trufflehog()[0], "detect-secrets": detect_secrets()[0]}
TEAM_RULES = {"gitleaks": gitleaks()[1], "trufflehog": trufflehog()[1], "detect-secrets": detect_secrets()[1]}

SCIM_RULES = {"gitleaks": gitleaks()[2], "trufflehog": trufflehog()[2], "detect-secrets": detect_secrets()[2]}


class ScannerTests(TestCase):
    @given(secret, places)
    def test_a_minted_token_is_found_by_every_scanner_wherever_it_stands(self, token: str, place: str) -> None:
        text = place.format(token)
        for scanner, find in SECRET_RULES.items():
            self.assertEqual(find(text), [token], scanner)
            self.assertEqual(TEAM_RULES[scanner](text), [], scanner)

    @given(team)
    def test_a_team_token_has_a_rule_of_its_own(self, token: str) -> None:
        for scanner, find in TEAM_RULES.items():
            self.assertEqual(find(f"token: {token}"), [token], scanner)
            self.assertEqual(SECRET_RULES[scanner](token), [], scanner)

    @given(st.builds(scim_format.mint), places)
    def test_a_directory_s_token_has_one_too(self, token: str, place: str) -> None:
        for scanner, find in SCIM_RULES.items():
            self.assertEqual(find(place.format(token)), [token], scanner)
            self.assertEqual(SECRET_RULES[scanner](token), [], scanner)
            self.assertEqual(find(token[:-1]), [], scanner)

    @given(secret, st.sampled_from(ALPHABET), st.integers(0, 6))
    def test_a_token_of_another_shape_is_none(self, token: str, extra: str, head: int) -> None:
        for scanner, find in SECRET_RULES.items():
            for changed in (token[:-1], token + extra, extra + token, token[:head] + "#" + token[head + 1 :]):
                self.assertEqual(find(changed), [], scanner)

    @given(secret, st.integers(8, 43), st.sampled_from(ALPHABET))
    def test_the_plugin_looks_at_the_checksum_too(self, token: str, place: int, other: str) -> None:
        changed = token[:place] + other + token[place + 1 :]
        self.assertEqual(SECRET_RULES["detect-secrets"](changed), [token] if changed == token else [])

    @given(words)
    def test_other_words_are_no_tokens(self, word: str) -> None:
        for rules in (SECRET_RULES, TEAM_RULES, SCIM_RULES):
            for scanner, find in rules.items():
                self.assertEqual(find(word), [], scanner)

    def test_the_rule_for_team_tokens_says_that_it_only_informs(self) -> None:
        gitleaks_rules = tomllib.loads((SCANNERS / "gitleaks.toml").read_text())["rules"]
        self.assertIn("informational", gitleaks_rules[1]["tags"])
        self.assertNotIn("informational", gitleaks_rules[0]["tags"])
        self.assertIn(
            "informational", yaml.safe_load((SCANNERS / "trufflehog.yaml").read_text())["detectors"][1]["name"]
        )
        self.assertIn("informational", _plugin().KeyVaultTeamToken.secret_type)

    def test_no_rule_sends_what_it_finds_anywhere(self) -> None:
        for detector in yaml.safe_load((SCANNERS / "trufflehog.yaml").read_text())["detectors"]:
            self.assertNotIn("verify", detector)
