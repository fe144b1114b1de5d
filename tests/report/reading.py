"""Pages of a report in a browser."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page
from support.waiting import until

PHONE, DESK = 390, 1280
# In each plot, pixels of each colour that a series or a layer of claims has.
COLOURED = """() => JSON.parse(document.getElementById('data').textContent).map((plot) => {
  const canvas = document.querySelector(`#${plot.id} canvas`);
  if (!canvas) return [plot.id, {}];
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const probe = document.body.appendChild(document.createElement('i'));
  const counts = {};
  for (const { tone } of [...plot.series, ...plot.layers]) {
    probe.style.color = `var(--${tone})`;
    const wanted = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
    counts[tone] = 0;
    for (let at = 0; at < data.length; at += 4) {
      const near = wanted.every((value, channel) => Math.abs(data[at + channel] - value) < 48);
      counts[tone] += data[at + 3] > 160 && near;
    }
  }
  probe.remove();
  return [plot.id, counts];
})"""


def plots(page: Page) -> list[dict[str, Any]]:
    """What the page's plots are drawn from."""
    data: list[dict[str, Any]] = json.loads(page.locator("#data").text_content() or "")
    return data


@dataclass
class Opened:
    """A page of a report in the browser, and what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def look(self) -> None:
        """Nothing complained, nothing was loaded, every plot has drawn, and everybody can read it."""
        assert self.complaints == []
        drawn: dict[str, dict[str, int]] = {}

        def all_show() -> bool:
            drawn.update(self.page.evaluate(COLOURED))
            return all(max(colours.values(), default=0) >= 20 for colours in drawn.values())

        until(all_show, 2, "something in every plot", lambda: str(drawn))
        assert len(drawn) == self.page.locator(".plot").count()
        self.check_access()

    def note_request(self, url: str, path: Path) -> None:
        """A page is one file: it asks for nothing else."""
        if url != path.as_uri() and not url.startswith("data:"):
            self.complaints.append(f"asked for {url}")

    def check_access(self) -> None:
        """Axe finds nothing serious."""
        found = Axe().run(self.page).response["violations"]
        serious = [it for it in found if it["impact"] in ("serious", "critical")]
        told = [f"{it['id']}: {it['help']}: {[node['html'] for node in it['nodes'][:3]]}" for it in serious]
        assert told == []


class Reader:
    """Opens pages, each in a context of its own."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.opened: list[Page] = []

    def __call__(self, path: Path, width: int = 1280, height: int = 900, scheme: Any = "light") -> Opened:
        """Opens the file as a screen of that width and colour scheme shows it."""
        size: Any = {"width": width, "height": height}
        page = self.browser.new_page(viewport=size, color_scheme=scheme)
        opened = Opened(page)
        self.opened.append(page)
        page.on("console", lambda message: opened.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        page.on("request", lambda request: opened.note_request(request.url, path))
        page.goto(path.as_uri())
        return opened

    def close(self) -> None:
        """Closes what was opened."""
        for page in self.opened:
            page.close()
