"""Why something is reported: what a report form offers, so that those who deal with reports need not guess."""

from service.forum.choices import TextChoice


class Reason(TextChoice):
    """`report.reasons`, as forms write it; apps write what they like."""

    RULES = "Breaks the rules of the community", "Breaks the rules of the community"
    SPAM = "Spam", "Spam or advertising"
    HARASSMENT = "Harassment", "Harassment of somebody"
    HATE = "Hate", "Hate: racism, sexism, transphobia and the like"
    VIOLENCE = "Threat of violence", "Threatens somebody, or calls for violence"
    MISINFORMATION = "Misinformation", "False, and harmful for that"
    DOXXING = "Doxxing", "Tells somebody's address, name or other private facts"
    INTIMATE = "Intimate pictures without consent", "Intimate pictures without consent"
    CHILD_ABUSE = "Child abuse", "Abuse or sexualization of minors"
    SELF_HARM = "Self-harm or suicide", "Self-harm or suicide"
    IMPERSONATION = "Impersonation", "Pretends to be somebody else"
    COPYRIGHT = "Copyright or trademark", "Infringes a copyright or a trademark"
    TRADE = "Prohibited trade", "Sells or seeks what may not be traded"
    NO_LABEL = "Made by AI without saying so", "Made by AI without saying so"
    OTHER = "Something else", "Something else: say what, below"
