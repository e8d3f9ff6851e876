"""In whose name pages of the administration act."""

from quart import request

from service.forum.accounts.authority import Authority, of_administrator
from service.http.context import current_viewer
from service.http.passing.visitors import client_address


def authority() -> Authority:
    """Return the authority of the administrator who is signed in, else raise NotSignedIn or Forbidden."""
    return of_administrator(current_viewer(), client_address(request))
