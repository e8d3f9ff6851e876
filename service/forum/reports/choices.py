"""Why something is reported: what a report form offers, so that those who deal with reports need not guess."""

from service.forum.choices import TextChoice
from service.language import _


class Reason(TextChoice):
    """`report.reasons`, as forms write it; apps write what they like."""

    RULES = "Breaks the rules of the community", _("Breaks the rules of the community")
    SPAM = "Spam", _("Spam or advertising")
    HARASSMENT = "Harassment", _("Harassment of somebody")
    HATE = "Hate", _("Hate: racism, sexism, transphobia and the like")
    VIOLENCE = "Threat of violence", _("Threatens somebody, or calls for violence")
    MISINFORMATION = "Misinformation", _("False, and harmful for that")
    DOXXING = "Doxxing", _("Tells somebody's address, name or other private facts")
    INTIMATE = "Intimate pictures without consent", _("Intimate pictures without consent")
    CHILD_ABUSE = "Child abuse", _("Abuse or sexualization of minors")
    SELF_HARM = "Self-harm or suicide", _("Self-harm or suicide")
    IMPERSONATION = "Impersonation", _("Pretends to be somebody else")
    COPYRIGHT = "Copyright or trademark", _("Infringes a copyright or a trademark")
    TRADE = "Prohibited trade", _("Sells or seeks what may not be traded")
    NO_LABEL = "Made by AI without saying so", _("Made by AI without saying so")
    OTHER = "Something else", _("Something else: say what, below")
