"""Why something from another server is not taken: one word for the counters, one sentence for the log."""


class Refused(Exception):
    """What another server sent is not taken.

    Parameters:
        reason: one of a small set of words, under which it is counted.
        words: what is wrong, without anything secret; may be told to the sender.
    """

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


class Malformed(Refused):
    """A document that is not what it says it is: a missing or ill-typed field."""

    def __init__(self, words: str) -> None:
        super().__init__("malformed", words)


class Unsigned(Refused):
    """A request whose signature proves nothing: none, or not over what it has to cover, or out of its time."""

    def __init__(self, words: str) -> None:
        super().__init__("signature", words)


class NotTheirs(Refused):
    """Somebody speaks of what belongs to another origin."""

    def __init__(self, words: str) -> None:
        super().__init__("origin", words)
