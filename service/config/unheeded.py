"""What pyfedi is told by its `.env` and its table of settings, and Pieloop does not heed; and what to do instead.

docs/pyfedi-columns.toml has the same, and a test compares them. `pieloop doctor` says it of what is set.
"""

from collections.abc import Iterable, Mapping

# A sentence -> the variables of which it is true.
VARIABLES: dict[str, tuple[str, ...]] = {
    "Everything that is said to other servers has the short context.": ("FULL_AP_CONTEXT",),
    "What other servers say and cannot be done is shown at /admin/federation.": (
        "LOG_ACTIVITYPUB_TO_DB",
        "LOG_ACTIVITYPUB_TO_FILE",
    ),
    "Every community keeps what its own setting says.": (
        "DEFAULT_CONTENT_RETENTION",
        "BOT_CONTENT_RETENTION",
    ),
    "Links to 4chan are as any other links.": ("ALLOW_4CHAN",),
    "Posts are not archived; those that pyfedi archived have no comments here.": ("ARCHIVE_POSTS",),
    "Votes are kept, so that nobody votes twice.": (
        "KEEP_LOCAL_VOTE_DATA_TIME",
        "KEEP_REMOTE_VOTE_DATA_TIME",
    ),
    "All robots are told the same by /robots.txt; the proxy can answer others.": ("ALLOW_AI_CRAWLERS",),
    "Letters go by SMTP: set mail.host to the provider's server.": ("AWS_REGION",),
    "Letters that come back are not read: look into their mailbox.": (
        "BOUNCE_ADDRESS",
        "BOUNCE_HOST",
        "BOUNCE_PASSWORD",
        "BOUNCE_USERNAME",
    ),
    "Errors go to the log: collect it, and set log.level.": ("ERRORS_TO", "SENTRY_DSN", "FLASK_DEBUG"),
    "There is no cache but redis.url, and no queue but the database; set worker.processes.": (
        "CACHE_DIR",
        "CACHE_TYPE",
        "CELERY_BROKER_URL",
        "RESULT_BACKEND",
        "REDIS_MEMORY_LIMIT",
        "NUM_CPU",
    ),
    "Nothing is told to Cloudflare: let its cache heed the headers.": (
        "CLOUDFLARE_API_TOKEN",
        "CLOUDFLARE_ZONE_ID",
    ),
    "A warning before pages is written in the administration: Settings, Warning shown to visitors before they enter.": (
        "CONTENT_WARNING",
    ),
    "The API is open to the pages of every site, without cookies; the proxy can set another header.": (
        "CORS_ALLOW_ORIGIN",
    ),
    "The site does not look up where an address is: refuse countries in the proxy.": (
        "COUNTRY_SOURCE_HEADER",
        "IPINFO_TOKEN",
    ),
    "Nothing that people write is given to others to judge or translate.": (
        "DETECT_AI_ENDPOINT",
        "TRANSLATE_ENDPOINT",
        "TRANSLATE_KEY",
        "IMAGE_HASHING_ENDPOINT",
    ),
    "One signs in with a password: who has none asks for a new one by letter.": (
        "DISCORD_OAUTH_CLIENT_ID",
        "DISCORD_OAUTH_SECRET",
        "GOOGLE_OAUTH_CLIENT_ID",
        "GOOGLE_OAUTH_SECRET",
        "MASTODON_OAUTH_CLIENT_ID",
        "MASTODON_OAUTH_DOMAIN",
        "MASTODON_OAUTH_SECRET",
        "LDAP_BASE_DN",
        "LDAP_PORT",
        "LDAP_READ_ATTR_EMAIL",
        "LDAP_READ_ATTR_USERNAME",
        "LDAP_READ_ENABLE",
        "LDAP_READ_USER_FILTER",
        "LDAP_SERVER",
        "LDAP_USE_SSL",
        "LDAP_USE_TLS",
        "LDAP_WRITE_ATTR_EMAIL",
        "LDAP_WRITE_ATTR_PASSWORD",
        "LDAP_WRITE_ATTR_USERNAME",
        "LDAP_WRITE_BIND_DN",
        "LDAP_WRITE_BIND_PASSWORD",
        "LDAP_WRITE_ENABLE",
        "LDAP_WRITE_USER_FILTER",
    ),
    "The API and its documentation are always there.": ("ENABLE_ALPHA_API", "SERVE_API_DOCS"),
    "New accounts are not looked up at other sites: ask for an application.": ("FLAG_THROWAWAY_EMAILS",),
    "Set media.output, media.quality and their neighbours for the form of pictures.": (
        "MEDIA_IMAGE_FORMAT",
        "MEDIA_IMAGE_MAX_DIMENSION",
        "MEDIA_IMAGE_MEDIUM_FORMAT",
        "MEDIA_IMAGE_MEDIUM_QUALITY",
        "MEDIA_IMAGE_QUALITY",
        "MEDIA_IMAGE_THUMBNAIL_FORMAT",
        "MEDIA_IMAGE_THUMBNAIL_QUALITY",
    ),
    "Set store.kind = s3, store.s3_bucket and their neighbours for new pictures; old ones stay where they are.": (
        "S3_ACCESS_KEY",
        "S3_ACCESS_SECRET",
        "S3_BUCKET",
        "S3_ENDPOINT",
        "S3_PUBLIC_URL",
        "S3_REGION",
        "S3_STORAGE_CLASS",
    ),
    "There is no NNTP.": ("NNTP_HOST", "NNTP_PORT"),
    "News reach browsers by server-sent events of the site itself.": ("NOTIF_SERVER",),
    "Pages have the length that shows best; apps ask for their own.": ("PAGE_LENGTH",),
    "Cookies are as safe as site.scheme allows.": ("SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SECURE"),
    "Limits are for everybody: raise those of [limits].": ("SKIP_RATE_LIMIT_IPS",),
    "Ranks are the same for all posts.": ("SPICY_UNDER_10", "SPICY_UNDER_30", "SPICY_UNDER_60"),
    "There are no donations: link to where they are taken in the sidebar.": (
        "STRIPE_MONTHLY_BIG",
        "STRIPE_MONTHLY_BIG_TEXT",
        "STRIPE_MONTHLY_SMALL",
        "STRIPE_MONTHLY_SMALL_TEXT",
        "STRIPE_PUBLISHABLE_KEY",
        "STRIPE_SECRET_KEY",
        "WEBHOOK_SIGNING_SECRET",
    ),
    "Set http.bind to where the site listens.": ("APP_URL", "PORT"),
}

# Words of a `.env` that change nothing there either: what its example and its defaults say.
SAY_NOTHING = frozenset({"", "0", "false", "no", "none", "-1"})
EXAMPLES: Mapping[str, frozenset[str]] = {
    "CACHE_TYPE": frozenset({"FileSystemCache", "RedisCache", "NullCache"}),
    "CORS_ALLOW_ORIGIN": frozenset({"*"}),
    "LDAP_PORT": frozenset({"389"}),
    "SESSION_COOKIE_HTTPONLY": frozenset({"1", "true"}),
    "SESSION_COOKIE_SECURE": frozenset({"1", "true"}),
}

# The same of the names in the table of settings.
SETTINGS: dict[str, tuple[str, ...]] = {
    "Members bring communities of other servers by following them; nobody else does.": (
        "allow_default_user_add_remote_community",
        "auto_add_remote_communities",
    ),
    "Applicants are not looked up at other sites: read what they write.": ("ban_check_servers",),
    "Set store.remote to what becomes of pictures of other sites.": ("cache_remote_images_locally",),
    "A note of pyfedi's own import.": ("last_successful_import",),
    "Roles say who administrates: see /admin/users.": ("admin_ids",),
    "There are no videos to upload: link to them.": ("allow_video_file_uploads",),
    "The site does not look up where an address is: refuse countries in the proxy.": (
        "auto_decline_countries",
        "nsfw_country_restriction",
    ),
    "There is no tour for newcomers.": ("choose_topics", "filter_selection"),
    "A dash is no proof of anything.": ("enable_report_em_dash_replies", "limit_one_em_report_per_user"),
    "Looks of pyfedi's own pages: set the site's icon.": ("logo_192", "logo_512"),
    "Set private_registration.enabled and private_registration.ips.": (
        "PRIVATE_REGISTRATION_ENABLED",
        "PRIVATE_REGISTRATION_IPS",
    ),
}


def unheeded_variables(environ: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the variables that are set and say something to pyfedi alone, by the sentence that is true of them.

    Parameters:
        environ: the environment, with what stands in `.env`.
    """
    said = [name for name, value in environ.items() if _says_something(name, value.strip())]
    return _by_sentence(VARIABLES, said)


def unheeded_settings(names: Iterable[str]) -> dict[str, list[str]]:
    """Return those of some names in the table of settings that say something to pyfedi alone; as for variables."""
    return _by_sentence(SETTINGS, names)


def _says_something(name: str, value: str) -> bool:
    return value.lower() not in SAY_NOTHING and value not in EXAMPLES.get(name, ())


def _by_sentence(table: Mapping[str, tuple[str, ...]], names: Iterable[str]) -> dict[str, list[str]]:
    known = set(names)
    found = {sentence: sorted(known.intersection(of)) for sentence, of in table.items()}
    return {sentence: said for sentence, said in found.items() if said}
