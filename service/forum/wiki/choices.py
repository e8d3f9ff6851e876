"""What can be chosen for a page of a wiki."""

from service.forum.choices import NumberChoice
from service.language import _


class Editors(NumberChoice):
    """Who may edit a page: `community_wiki_page.who_can_edit`."""

    MODERATORS = 0, _("Moderators")
    TRUSTED = 1, _("Moderators and long-standing members")
    MEMBERS = 2, _("Members")
    EVERYBODY = 3, _("Everyone with an account")
