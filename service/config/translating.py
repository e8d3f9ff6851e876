"""What the variables of pyfedi's `.env` say there, said in the words of our keys. Pure."""

from collections.abc import Mapping


def translated(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with pyfedi's variables as our keys understand them.

    pyfedi's letters go to port 25, without encryption unless MAIL_USE_TLS is there at all, and have a sender of its own
    name. A port of 0 stands in its example where no letters are sent.

    Parameters:
        environ: with the names and words of pyfedi.
    """
    said = dict(environ)
    if "SERVER_NAME" in said:
        said["SERVER_NAME"] = said["SERVER_NAME"].strip().lower()
    if "HTTP_PROTOCOL" in said:
        said["HTTP_PROTOCOL"] = said["HTTP_PROTOCOL"].strip().lower()
    if "PRIVATE_REGISTRATION_ENABLED" in said:
        said["PRIVATE_REGISTRATION_ENABLED"] = said["PRIVATE_REGISTRATION_ENABLED"].strip().lower()
    if said.get("MAIL_PORT", "").strip() == "0":
        said["MAIL_PORT"] = ""
    if said.get("MAIL_SERVER"):
        said["MAIL_PORT"] = said.get("MAIL_PORT") or "25"
        said["MAIL_FROM"] = said.get("MAIL_FROM") or f"noreply@{said.get('SERVER_NAME', '')}"
        said["MAIL_USE_TLS"] = "starttls" if "MAIL_USE_TLS" in environ else "none"
    else:
        said.pop("MAIL_USE_TLS", None)
    return said
