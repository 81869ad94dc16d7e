"""The product's refusals as words; each surface turns them into its own answer in one place."""

from collections.abc import Mapping


class KeyVaultError(Exception):
    """A refusal with a sentence for the person. The sentence never holds a value or a token.

    ``rule`` is a stable identifier of the rule that refused; ``remedy`` says what to do or who can change it.
    """

    status = 400
    rule = "bad-request"
    title = "The request cannot be carried out"

    def __init__(
        self, detail: str = "", *, rule: str = "", remedy: str = "", extra: Mapping[str, object] | None = None
    ):
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.rule = rule or self.rule
        self.remedy = remedy
        self.extra = dict(extra or {})


class Invalid(KeyVaultError):
    """The input breaks a rule of form; ``extra["field"]`` names the field where there is one."""

    status, rule, title = 422, "invalid", "The input is not valid"


class NotFound(KeyVaultError):
    """It does not exist, or it is outside the actor's organization: the two are never told apart."""

    status, rule, title = 404, "not-found", "There is no such thing here"


class NotAllowed(KeyVaultError):
    """Inside the organization, but a rule of :mod:`orgs.decide` refused."""

    status, rule, title = 403, "not-allowed", "A rule refused this"


class WrongMethod(KeyVaultError):
    status, rule, title = 405, "method-not-allowed", "This address takes something else"


class Conflict(KeyVaultError):
    """The state has moved on (compare-and-set, a name taken, a last owner)."""

    status, rule, title = 409, "conflict", "The state does not permit this"


class PreconditionFailed(KeyVaultError):
    status, rule, title = 412, "precondition-failed", "A precondition of the request does not hold"


class TooLarge(KeyVaultError):
    status, rule, title = 413, "too-large", "The request is larger than the limit"


class Unauthorized(KeyVaultError):
    """No valid credential. ``rule`` is generic for an unknown token and says more to an authentic holder."""

    status, rule, title = 401, "token-invalid", "The token is not valid"


class TooManyRequests(KeyVaultError):
    """``retry_after`` is in whole seconds."""

    status, rule, title = 429, "rate-limited", "Too many requests"

    def __init__(self, detail: str = "", *, retry_after: int, remedy: str = ""):
        super().__init__(detail, remedy=remedy)
        self.retry_after = retry_after


class Unavailable(KeyVaultError):
    """A part that the answer needs is missing (no event written means no value read)."""

    status, rule, title = 503, "unavailable", "The service cannot answer now"


class CannotOpen(KeyVaultError):
    """An envelope or a wrap does not open: altered, moved, or sealed under a key this process does not hold."""

    status, rule, title = 500, "cannot-open", "The stored value cannot be opened"
