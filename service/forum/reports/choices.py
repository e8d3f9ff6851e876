"""Why something is reported: what a report form offers, so that those who deal with reports need not guess."""

from service.forum.choices import TextChoice
from service.language import _


class Reason(TextChoice):
    """`report.reasons`, as forms write it; apps write what they like."""

    RULES = "Breaks the rules of the community", _("Breaks the community's rules")
    SPAM = "Spam", _("Spam or advertising")
    HARASSMENT = "Harassment", _("Harassment")
    HATE = "Hate", _("Hate, such as racism, sexism or transphobia")
    VIOLENCE = "Threat of violence", _("Threatens someone or incites violence")
    MISINFORMATION = "Misinformation", _("Harmful misinformation")
    DOXXING = "Doxxing", _("Shares someone's private information")
    INTIMATE = "Intimate pictures without consent", _("Intimate images shared without consent")
    CHILD_ABUSE = "Child abuse", _("Abuse or sexualisation of minors")
    SELF_HARM = "Self-harm or suicide", _("Self-harm or suicide")
    IMPERSONATION = "Impersonation", _("Impersonates someone")
    COPYRIGHT = "Copyright or trademark", _("Infringes a copyright or trademark")
    TRADE = "Prohibited trade", _("Sells or seeks prohibited goods or services")
    NO_LABEL = "Made by AI without saying so", _("AI-generated without being labelled")
    OTHER = "Something else", _("Something else (explain below)")
