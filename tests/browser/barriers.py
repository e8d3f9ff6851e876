"""What keeps somebody out of a page, as axe-core finds it, https://github.com/dequelabs/axe-core.

It goes by its rules of WCAG 2.2 A and AA, and of good practice. Most of what it takes for a page is the same for each:
loading it, and running it for the first time. So it has a tab of its own, in which it stays, and what a page shows is
laid before it there. And it is not asked twice about the same. Whether text stands out from what is behind it takes as
long as all the rest, and most text looks as some other text does: it is asked once for each look, which is the kind of
element, the colours, the size and weight, and what is behind it, layer by layer.
"""

from importlib.resources import files

from playwright.async_api import Browser, Page, ViewportSize

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")

ONCE_FOR_EACH_LOOK = """() => {
    const clear = new Set();
    const kind = (one) => `${one.localName}.${one.className}`;
    let layers;
    const layersOf = (one) => {
        if (one === null) return "";
        if (!layers.has(one)) {
            const style = getComputedStyle(one);
            const paint = `${style.backgroundColor} ${style.backgroundImage} ${style.opacity} ${style.position}`;
            const own = paint === "rgba(0, 0, 0, 0) none 1 static" ? "" : `${kind(one)} ${paint}; `;
            layers.set(one, own + layersOf(one.parentElement));
        }
        return layers.get(one);
    };
    const lookOf = (one) => {
        const { color, fontSize, fontWeight, textShadow } = getComputedStyle(one);
        return [kind(one), color, fontSize, fontWeight, textShadow, layersOf(one)].join(" ");
    };
    const rule = axe._audit.rules.find((one) => one.id === "color-contrast"), matches = rule.matches;
    const check = axe._audit.checks["color-contrast"], evaluate = check.evaluate;
    rule.matches = (one, ...more) => !clear.has(lookOf(one)) && matches(one, ...more);
    check.evaluate = function (one, ...more) {
        const look = lookOf(one), verdict = clear.has(look) || evaluate.call(this, one, ...more);
        if (verdict === true) clear.add(look);
        return verdict;
    };
    window.beginAnew = () => (layers = new Map());
}"""

# Each finding: the rule, how often it is broken, and where first.
ASK = """async (html) => {
    const shown = new DOMParser().parseFromString(html, "text/html"), root = document.documentElement;
    for (const { name } of [...root.attributes]) root.removeAttribute(name);
    for (const { name, value } of shown.documentElement.attributes) root.setAttribute(name, value);
    document.head.replaceWith(shown.head);
    document.body.replaceWith(shown.body);
    const loads = [
        ...[...document.querySelectorAll("link[rel=stylesheet]")].filter((one) => !one.sheet),
        ...[...document.images].filter((one) => !one.complete && one.loading !== "lazy"),
    ];
    await Promise.all(loads.map((one) => new Promise((done) => (one.onload = one.onerror = done))));
    beginAnew();
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.map((one) => `${one.id} (${one.nodes.length}): ${one.nodes[0].html.slice(0, 200)}`);
}"""


class Judge:
    """Judges what pages of a site show.

    Parameters:
        tab: a page of the site, which is of no use for anything else.
    """

    def __init__(self, tab: Page) -> None:
        self._tab = tab

    async def barriers(self, page: Page) -> list[str]:
        """Return what axe-core finds on a page as it is shown now."""
        found: list[str] = await self._tab.evaluate(ASK, await page.content())
        return found

    async def close(self) -> None:
        """End the tab."""
        await self._tab.context.close()


async def a_judge(chromium: Browser, address: str, viewport: ViewportSize) -> Judge:
    """Return a judge of the site at an address, for pages of one size."""
    context = await chromium.new_context(viewport=viewport)
    tab = await context.new_page()
    await tab.goto(address + "/offline")
    await tab.evaluate(AXE)
    await tab.evaluate(ONCE_FOR_EACH_LOOK)
    return Judge(tab)
