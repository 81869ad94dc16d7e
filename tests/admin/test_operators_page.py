"""docs/operators.md says what the matrix says, and names every page."""

from pathlib import Path

from django.conf import settings

from accounts.platform import PlatformAct, permits
from keyvault.actor import PlatformRole
from keyvault.admin.pages import PAGES

TEXT = (Path(settings.BASE_DIR) / "docs" / "operators.md").read_text()

ACTS = {
    PlatformAct.SEE_PEOPLE: "See users and their activity",
    PlatformAct.DEACTIVATE_PERSON: "Close an account",
    PlatformAct.REACTIVATE_PERSON: "Open an account again",
    PlatformAct.RESET_FACTORS: "Take second factors away, after a day",
    PlatformAct.CHANGE_ROLES: "Give and take platform roles",
    PlatformAct.SEE_ORGANIZATIONS: "See organizations",
    PlatformAct.SEE_CONNECTIONS: "See SSO connections",
    PlatformAct.SEE_DOMAINS: "See mail domains",
    PlatformAct.APPROVE_DOMAIN: "Approve a mail domain",
    PlatformAct.SEE_TOKENS: "See tokens",
    PlatformAct.REVOKE_TOKENS: "Revoke tokens",
    PlatformAct.SEE_EVENTS: "See the log",
    PlatformAct.SEE_JOBS: "See jobs",
    PlatformAct.SEE_DELIVERIES: "See deliveries of alerts",
    PlatformAct.SEE_SWEEPS: "See sweeps and what came of them",
    PlatformAct.TRY_SWEEP: "Try a sweep without changing anything",
    PlatformAct.SEE_PUBLIC_TEXTS: "See privacy and terms, and their edits",
    PlatformAct.EDIT_PUBLIC_TEXT: "Edit privacy and terms",
    PlatformAct.SEE_FEEDBACK: "See what people told the operators",
    PlatformAct.ANSWER_FEEDBACK: "Mark feedback as answered",
    PlatformAct.SEE_PROVIDERS: "See providers and upstreams",
    PlatformAct.SEE_MODELS: "See models and prices",
    PlatformAct.SEE_MCP: "See MCP servers",
    PlatformAct.SEE_USAGE: "See usage of the gateway",
    PlatformAct.SEE_BUDGETS: "See limits and budgets",
}


def test_the_matrix_in_the_docs_is_the_one_that_decides() -> None:
    assert set(ACTS) == set(PlatformAct)
    for act, words in ACTS.items():
        rights = " | ".join("yes" if permits([role], act) else "–" for role in PlatformRole)
        assert f"| {words} | `{act}` | {rights} |\n" in TEXT


def test_the_docs_name_every_page() -> None:
    for _, page in PAGES:
        assert f"**{page.label}**" in TEXT, page.label
