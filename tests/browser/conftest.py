"""A real Chromium without a window, and the pages that it opens from the disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forecast import backtest
from forecast.publication import Report, report

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "scenarios"
ODD_NAMES = {
    "openai": '<script>document.title = "broken"</script>',
    "google": "$a$ and $b$ \\\"quotes\\\" & 'more' </style>",
    "meta": "🚀 עברית بالعربية",
    "anthropic": "x" * 200,
}


@dataclass(frozen=True)
class Opened:
    """A finished report and where its file is."""

    report: Report
    file: Path
    folder: Path


@pytest.fixture(scope="session")
def all_fits(fits: Path, store_fit: Callable[[date, Path], None]) -> Path:
    """The cache with a fit for every date that the backtest asks for, so that the page holds its record."""
    for year in range(backtest.FIRST_ORIGIN, backtest.LAST_ORIGIN + 1):
        store_fit(date(year, 12, 31), fits)
    return fits


@pytest.fixture(scope="session")
def three(all_fits: Path, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Three scenarios with everything that a report can hold on made-up fits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_CACHE_DIR", str(all_fits))
        place = tmp_path_factory.mktemp("browser") / "three"
        paths = [SCENARIOS / f"{name}.yaml" for name in ("baseline", "optimistic", "pessimistic")]
        # What stood there before: the first scenario has other figures now, and an earlier forecast to show.
        report(paths[:1], draws=300, seed=2, out=place, quick=True, overrides=["final_run_share=0.1"])
        made = report(paths, draws=2000, seed=1, out=place)
        return Opened(made, place / "report.html", place)


@pytest.fixture(scope="session")
def odd(fits: Path, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """A scenario whose title, description and labs have names that break careless pages."""
    folder = tmp_path_factory.mktemp("odd")
    shutil.copy(SCENARIOS / "baseline.yaml", folder / "baseline.yaml")
    labs = "\n".join(f'  {lab}: {{ name: "{_quoted(name)}" }}' for lab, name in ODD_NAMES.items())
    title = _quoted(" ".join(ODD_NAMES.values()))
    (folder / "odd.yaml").write_text(
        f'name: odd\nextends: baseline.yaml\ntitle: "{title}"\ndescription: "{title}"\nlabs:\n{labs}\n',
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_CACHE_DIR", str(fits))
        made = report([folder / "odd.yaml"], draws=500, seed=1, out=folder / "out", quick=True)
    return Opened(made, folder / "out" / "report.html", folder / "out")


def _quoted(text: str) -> str:
    """Text between YAML's double quotes, where what is escaped already stays so."""
    return text.replace("\\", "\0").replace('"', '\\"').replace('\0\\"', '\\"').replace("\0", "\\")


class Browser:
    """Chromium, driven by its own protocol where Selenium has no word for something."""

    def __init__(self, profile: Path) -> None:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or "chromium"
        for argument in (
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *("--hide-scrollbars", f"--user-data-dir={profile}"),
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self.driver.set_script_timeout(60)

    def open(self, file: Path, *, width: int = 1440, height: int = 900) -> None:
        self.command("Emulation.clearDeviceMetricsOverride")
        self.size(width, height)
        self.media()
        self.messages()
        self.requests()
        self.driver.get(file.as_uri())
        self.settle()

    def size(self, width: int, height: int = 900) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.command("Emulation.setDeviceMetricsOverride", **metrics)
        self.settle()

    def media(self, **features: str) -> None:
        # Nothing glides while a test clicks, unless it asks for that.
        wanted = {"prefers_color_scheme": "light", "prefers_reduced_motion": "reduce"} | features
        listed = [{"name": name.replace("_", "-"), "value": value} for name, value in wanted.items()]
        self.command("Emulation.setEmulatedMedia", features=listed)

    def command(self, name: str, **arguments: Any) -> Any:
        return self.driver.execute_cdp_cmd(name, arguments)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def settle(self) -> None:
        """Wait until what was asked for has been drawn."""
        if self.driver.current_url.startswith("file:"):
            self.driver.execute_async_script(
                "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
            )

    def messages(self) -> list[Any]:
        return list(self.driver.get_log("browser"))

    def requests(self) -> list[str]:
        """The addresses that were asked for since the last call."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return found

    def pressed(self, *keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()
        self.settle()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        pytest.fail("these tests need Chromium: apt-get install chromium chromium-driver")
    made = Browser(tmp_path_factory.mktemp("profile"))
    yield made
    made.driver.quit()


@pytest.fixture
def opened(browser: Browser, three: Opened) -> Callable[..., Browser]:
    """Opens the page of three scenarios."""

    def open_page(**size: int) -> Browser:
        browser.open(three.file, **size)
        return browser

    return open_page
