"""What the site says of this API promises all that its callers know from elsewhere."""

import pytest

from service.http.api.admin.contract import API, APPLICATIONS
from service.http.application import Application
from service.http.openapi.document import document
from tests.http.api.differences import PRIVATE_REGISTRATION, differences, facts_in, facts_of

pytestmark = pytest.mark.private_registration

# Where we differ, and why no caller suffers from it.
ACCEPTED = {
    "AdminUserExportResponse.download_url: not given": "The export is the answer itself.",
    "AdminUserExportResponse.expires_at: not given": "The export is the answer itself.",
    "AdminUserInfo.last_seen: str|null is given, str is promised": "Some have never been here.",
}


async def test_all_that_callers_count_on_is_promised(app: Application) -> None:
    ours = facts_of(document(app, API, APPLICATIONS))
    assert differences(facts_in(PRIVATE_REGISTRATION), ours) == sorted(ACCEPTED)
