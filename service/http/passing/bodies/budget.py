"""How many bytes of bodies a process holds at once, of everybody and of one address.

What is held counts from its arrival until the request is answered. A part is kept free for forms and JSON, so that
nobody's large files keep others from signing in or writing.
"""

from collections import Counter
from types import TracebackType

from service.http.refusals import ReceivingTooMuch, SendingTooMuch

SHARE_OF_FILES = 3 / 4


class Budget:
    """The bytes held at once.

    Parameters:
        most: bytes of all together.
        most_per_address: bytes of those that came from one address.
    """

    def __init__(self, most: int, most_per_address: int) -> None:
        self.held = 0
        self._most, self._most_of_files, self._most_per_address = (
            most,
            most * SHARE_OF_FILES,
            most_per_address,
        )
        self._by_address: Counter[str] = Counter()

    def take(self, address: str, size: int, *, files: bool) -> None:
        """Count `size` bytes more.

        Raises:
            SendingTooMuch: too much is held of what came from this address.
            ReceivingTooMuch: too much is held altogether.
        """
        self.look(address, size, files=files)
        self.held += size
        self._by_address[address] += size

    def look(self, address: str, size: int, *, files: bool) -> None:
        """Raise as `take` would, and count nothing."""
        if self._by_address[address] + size > self._most_per_address:
            raise SendingTooMuch
        if self.held + size > (self._most_of_files if files else self._most):
            raise ReceivingTooMuch

    def give_back(self, address: str, size: int) -> None:
        """Count `size` bytes less."""
        self.held -= size
        self._by_address[address] -= size
        if not self._by_address[address]:
            del self._by_address[address]


class Hold:
    """What one request holds of the budget; given back at the end of its `with`.

    Parameters:
        budget: of which.
        address: where the request comes from, as `accounts.households` names it.
        files: whether it may be large.
    """

    def __init__(self, budget: Budget, address: str, *, files: bool) -> None:
        self.size = 0
        self._budget, self._address, self._files = budget, address, files

    def look(self, size: int) -> None:
        """Raise SendingTooMuch or ReceivingTooMuch if there is no room for so many bytes."""
        self._budget.look(self._address, size, files=self._files)

    def grow(self, size: int) -> None:
        """Hold so many bytes more; raises as `look` does."""
        self._budget.take(self._address, size, files=self._files)
        self.size += size

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_back()

    def give_back(self) -> None:
        """Hold nothing any more."""
        if self.size:
            self._budget.give_back(self._address, self.size)
            self.size = 0
