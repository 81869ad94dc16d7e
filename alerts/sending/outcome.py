"""How an attempt went wrong."""


class Failed(Exception):
    """``sentence`` is shown to the organization: no address, no secret. ``final``: another attempt is of no use."""

    def __init__(self, sentence: str, *, final: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.final = final
