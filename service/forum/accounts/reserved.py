"""Names that nobody may take: those of offices, those that a program means something by, those of pages. Pure.

Accounts, communities and feeds share one space of names, since other servers look all of them up as `name@host`. What
exists already keeps its name. A test holds these lists against the addresses that the site answers.
"""

import re


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Whoever has one of these speaks for the site, or seems to.
OFFICES = _names(
    """
    abuse admin administration administrator administrators admins anonymous deleted everyone help helpdesk
    hostmaster mailer maintainer mod moderation moderator moderators mods nobody noc none noreply null official
    piefed pieloop postmaster register registration root staff superuser support sysadmin sysop system undefined
    unknown verification verified webmaster
    """
)

# Programs look for something at these: endpoints, the actors of the site itself, listings beside a community's page.
TECHNICAL = _names(
    """
    activitypub actor api assets auth authorize_interaction autoconfig autodiscover broadcasthost c cdn collections
    community_changed community_name create csrf d delete e edit emoji f favicon feed_name followers following ftp
    health2 healthz host_meta htdocs imap inbox index instance instances isatap livez local localdomain localhost
    login logout metrics nodeinfo oauth offline opensearch outbox pop3 post_reply proxy publickey pubsubhubbub readyz
    relay retrieve_remote_post robots site_inbox site_outbox shared_inbox sharedinbox signin signout signup sitemap
    smtp ssl static subscribed u webfinger well_known wellknown wpad ws www
    """
)

# The first words of our own and PieFed's addresses, and others that a person should not be called. Communities may be
# about such a thing: `privacy`, `news`.
PAGES = _names(
    """
    about account accounts activities activity activity_result add_community add_local add_post add_remote
    alerts all announcements appearance backup billing blog bookmarks bot chat check_url_already_posted comment comments
    communities communities_menu community contact content_warning daemon delete_account docs domain domains
    donate downloads explore explore_menu feed feedback feeds feeds_menu files find_voters get_sidebar guest
    health here hidden_posts home honey host info keyboard_shortcuts legal list lookup mail me media message
    messages moderating modlog my-year-in-review new news notification notifications operator owner people
    plan_unsubscribe police pop popular post posts press preview privacy profile protocol_handler
    quote_boost_auth r random randomnsfw read-posts reminder reports rss rules safety scheduled_posts search
    search-names security service service_worker settings share site spam stripe_redirect stripe_result submit
    subscriptions suggest tag tags team terms topic topics topics_menu tos upload uploads user username users website
    welcome
    """
)

# What a community of that name would hide, or be hidden by, below /c/ and /community/.
BESIDE_COMMUNITIES = _names(
    """
    add_community add_local add_remote all c check_url_already_posted community community_changed feed_name
    get_sidebar list local lookup moderating new popular search-names subscribed
    """
)

# Characters of a name that fonts draw alike.
_DISGUISES = (str.maketrans("10", "lo"), str.maketrans("10", "io"))
_BETWEEN = re.compile(r"[._-]+")
_DOUBLED = re.compile(r"\.[.-]|-\.")
# Ends of names of hosts and files; a dot before anything else is as good as a dash.
_ENDS = _names(
    """
    app arpa atom biz ca cc ch co com css csv de dev edu es eu fr gif gov htm html ico info int internal invalid
    io it jp jpeg jpg js json lan link live local localhost map md me mil mobi mx name net news nl onion online
    org page pdf php pl png pt pub rss ru se site social space store svg tech test tv txt uk us webmanifest webp
    website wiki world xml xxx xyz zip zone
    """
)


def is_reserved(name: str) -> bool:
    """Whether an account may not have this name, however it is capitalised or disguised: `Admin`, `adm1n`, `ad_min`."""
    return name.lower() in PAGES or is_technical(name) or is_office(name)


def is_office(name: str) -> bool:
    """Whether a name is, or passes itself off as, that of an office."""
    return any(one in OFFICES or one.replace("rn", "m") in OFFICES for one in _as_seen(name))


def is_technical(name: str) -> bool:
    """Whether programs mean something else by a name, or take it for the address of a machine or a file."""
    return bool(TECHNICAL & _as_seen(name)) or is_host(name)


def is_host(name: str) -> bool:
    """Whether a name reads as a host or a file: `127.0.0.1`, `example.com`, `robots.txt`, `a..b`, `xn--caf-dma`."""
    lower = name.lower()
    *before, last = lower.split(".")
    numbers = before and all(part.isdecimal() or part.startswith("0x") for part in (*before, last))
    return bool(
        _DOUBLED.search(name) or numbers or (before and last in _ENDS) or lower.startswith(("xn--", "www."))
    )


def _as_seen(name: str) -> set[str]:
    lower = name.lower()
    bare = _BETWEEN.sub("", lower)
    return {lower, bare, *(bare.translate(disguise) for disguise in _DISGUISES)}
