"""A request as handlers see it: what it has brought stands ready, and nothing of it is parsed when it is asked for."""

from typing import Any

from quart import Request
from quart.datastructures import FileStorage
from werkzeug.datastructures import MultiDict

from service.http.passing.bodies.kinds import Content
from service.http.passing.bodies.stream import Body


class ReceivedRequest(Request):
    """Quart's request with the content that `receiving` has put there; empty where nothing was read."""

    body_class = Body  # type: ignore[assignment]
    body: Body  # type: ignore[assignment]
    content = Content()

    @property
    async def form(self) -> MultiDict[str, str]:
        """The fields of a form."""
        return self.content.fields

    @property
    async def files(self) -> MultiDict[str, FileStorage]:
        """The files of a form."""
        return self.content.files

    async def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> Any:
        """Return the bytes of what is no form; the parameters are Quart's."""
        return self.content.data.decode() if as_text else self.content.data
