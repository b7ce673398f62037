"""
Pictures of our own pages, and what every one of them must be, whatever it shows.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.async_api import Page, ViewportSize

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
SMALL: ViewportSize = {"width": 320, "height": 568}
_LOOKS: tuple[tuple[str, ViewportSize, Literal["light", "dark"]], ...] = (
    ("desktop", DESKTOP, "light"),
    ("phone", PHONE, "light"),
    ("dark", DESKTOP, "dark"),
    ("phone-dark", PHONE, "dark"),
)

_RELOADS = re.compile(r'<meta http-equiv="refresh"[^>]*>')

# What each element says is compared with what it stands on, as WCAG 2 counts contrast.
_PROBLEMS = """() => {
  const found = [];
  const root = document.scrollingElement;
  if (root.scrollWidth > window.innerWidth)
    found.push(`scrolls sideways: ${root.scrollWidth} of ${window.innerWidth} pixels`);
  if (!document.title) found.push('no title');
  if (!document.documentElement.lang) found.push('no language');
  if (document.querySelectorAll('h1').length !== 1) found.push('not one heading');
  if (document.scripts.length) found.push('scripts');
  for (const input of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
    if (!input.labels.length && !input.ariaLabel) found.push(`no label: ${input.name}`);
  for (const image of document.images) if (!image.alt) found.push('picture without words');
  const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const part = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgb(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || !element.checkVisibility()) continue;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const words = element.textContent.trim();
    if (contrast < 4.5) found.push(`contrast ${contrast.toFixed(2)}: ${words}`);
  }
  return found;
}"""


@dataclass
class Pictures:
    """
    Takes pictures and notes what is wrong with a page.

    :param folder: where pictures go, if anybody wants them.
    """

    folder: Path | None
    taken: list[str] = field(default_factory=list)

    async def take(self, page: Page, name: str) -> None:
        """
        Look at a page on all kinds of screens.

        :param page: the page as it stands; a copy of it is looked at, which does not go on.
        :param name: what it is called among the pictures.
        """
        self.taken.append(name)
        problems = []
        copy = await page.context.new_page()
        try:
            await copy.set_content(_RELOADS.sub("", await page.content()))
            for look, size, scheme in _LOOKS:
                await copy.set_viewport_size(size)
                await copy.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                problems += [f"{look}: {it}" for it in await copy.evaluate(_PROBLEMS)]
                if self.folder is not None:
                    path = self.folder / f"{name}-{look}.png"
                    await copy.screenshot(path=path, full_page=True)
            await copy.set_viewport_size(SMALL)
            problems += [f"small: {it}" for it in await copy.evaluate(_PROBLEMS)]
        finally:
            await copy.close()
        assert not problems, f"{name}: {problems}"
