"""Templates -> pages: our own synchronous Jinja environment, and what every page knows.

Handlers call `render`, and so does `errors`. What people wrote is made in bodies.py.
"""

import re
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.compiler import CodeGenerator
from jinja2.environment import TemplateModule
from jinja2.ext import Extension
from jinja2.runtime import Context
from markupsafe import Markup, escape
from quart import request

from service.http.context import current_viewer
from service.http.passing.security import csrf_token
from service.http.site import site_shown
from service.http.web.frame import assets, cards, notices
from service.http.web.frame.compiled import CompiledTemplates
from service.http.web.frame.helpers import FILTERS, at_home
from service.http.web.frame.language import language_of_page
from service.http.web.frame.looks import (
    address_with_images,
    attributes_of,
    look_of_page,
    shows_large_images,
    without_images,
)
from service.http.web.frame.places import own_places, with_current
from service.http.web.frame.stamps import stamped
from service.http.web.frame.words import gettext, ngettext, pgettext
from service.language.catalogues import languages
from service.language.sentences import Language, speaking

TEMPLATES = Path(__file__).parents[1] / "templates"
SPRITE = assets.FOLDER / "icons.svg"


def render(name: str, **context: Any) -> str:
    """Return the page made of template `name`, for whoever asks.

    Parameters:
        name: a path below `templates/`.
        context: what the template needs beyond what every page knows.
    """
    language = language_of_page()
    with speaking(language):
        return without_images(_template(name).render(_common(language) | context))


def render_part(name: str, macro: str, *arguments: Any) -> str:
    """Return what one macro of a template makes: the answer to a small interaction of htmx.

    Parameters:
        name: a path below `templates/`.
        macro: the macro's name.
        arguments: the macro's arguments.
    """
    with speaking(language_of_page()):
        return without_images(_made_by(name, macro, *arguments))


def _made_by(name: str, macro: str, *arguments: Any) -> str:
    return str(getattr(_template(name).module, macro)(*arguments))


def prepare() -> None:
    """Read the catalogues and load every template: the first visitor doesn't wait, and a fault stops the start."""
    languages()
    for name in _environment().list_templates(extensions=["html"]):
        _template(name)


def _common(language: Language) -> dict[str, Any]:
    """What every page knows. Only members get the token of forms at once: a stranger's page sets no cookie."""
    viewer = current_viewer()
    return {
        "viewer": viewer,
        "site": site_shown(),
        "language": language,
        "csrf": csrf_token() if viewer else "",
        "look": look_of_page(),
        "look_attributes": attributes_of(look_of_page()),
        "own": _own_column(language),
        "with_images": address_with_images(),
        "notice": notices.take(),
        "next": request.full_path.rstrip("?"),
        "here": "",
        "query": "",
    }


def _own_column(language: Language) -> Markup:
    """The column of the viewer's own places, made once a language; whether images wait is for the page to say."""
    own = own_places()
    if own is None:
        return Markup("")
    if language.code not in own.made:
        own.made[language.code] = Markup(_made_by("parts/own.html", "column", own))  # noqa: S704 - a template's
    return with_current(own.made[language.code], request.path)


# The environment


class Compact(Extension):
    """Takes the indentation out of templates before they are compiled; it is most of a page's white space.

    The line breaks stay, and trim_blocks is off: the formatter of templates breaks lines between attributes, and
    a break that vanishes there would glue two of them together.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return `source` without the space at the beginning of its lines and without empty lines."""
        return re.sub(r"\n\s+", "\n", source)


class SharingTemplate(Template):
    """A template whose macros are made once: all of them know the same globals.

    Jinja compares the globals at every import, which costs a page with ten imports more than its texts.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


class OutputAsItIs(CodeGenerator):
    """Compiles templates so that HTML is written as it is: most of what they write was made by a macro or a stamp.

    Jinja lets MarkupSafe make a copy of each piece, and of that another one: a tenth of the front page.
    """

    def _output_child_pre(self, node: Any, frame: Any, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.as_html(")


class SharingEnvironment(Environment):
    """An environment of such templates."""

    template_class = SharingTemplate
    code_generator_class = OutputAsItIs

    @staticmethod
    def as_html(value: Any) -> str:
        """Return what a template writes: HTML as it is, anything else escaped."""
        return value if type(value) is Markup else escape(value)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = SharingEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=CompiledTemplates(Path(__file__)),
        extensions=[Compact, "jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.globals |= {"gettext": gettext, "ngettext": ngettext, "pgettext": pgettext, "_": gettext}
    environment.filters |= FILTERS | cards.FILTERS | {"exactly": _exactly, "stamped": stamped}
    environment.globals |= {"shows_large_images": shows_large_images}
    environment.globals |= {"asset": assets.address, "icons": Icons(), "sprite": _sprite()}
    return environment


def _exactly(when: datetime) -> Markup:
    """Return a time as whoever asks reads it."""
    return at_home(when, current_viewer())


@cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


class Icons:
    """The signs of the sprite that stands in every page; a template writes `icons.up`.

    They are attributes, not a function: a card has six of them, and a call from a template costs more than the rest.
    """

    def __init__(self) -> None:
        for name in re.findall(r'symbol id="icon-(\w+)"', SPRITE.read_text()):
            picture = f'<svg class="icon" aria-hidden="true"><use href="#icon-{name}"></use></svg>'
            setattr(self, name, Markup(picture))  # noqa: S704 - names of our own


def _sprite() -> Markup:
    return Markup(re.sub(r"\n\s*", "", SPRITE.read_text()))  # noqa: S704 - a file of our own
