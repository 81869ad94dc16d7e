"""Whether a list of models has one. Pure."""

from collections.abc import Iterable


def admits(allowed: Iterable[str], provider: str, model: str) -> bool:
    """An entry is ``gpt-4o``, ``gpt-4o*``, ``openai/gpt-4o`` or ``openai/*``; without a provider it is any one's.

    Letters count as they are: a provider that takes ``GPT-4O`` for the same model is asked for it by its own name.
    """
    bare = model.removeprefix("models/")
    names = (bare, f"{provider}/{bare}")
    return any(_is_one(entry, name) for entry in allowed for name in names)


def _is_one(entry: str, name: str) -> bool:
    return name.startswith(entry[:-1]) if entry.endswith("*") else name == entry
