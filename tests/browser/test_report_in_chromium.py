"""The report page in a real browser: quiet, sealed, usable by mouse, keyboard and screen reader, and "
"on paper."""

from __future__ import annotations

import base64
import csv
import importlib.metadata
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from forecast.report import numbers
from forecast.report.charts.bands import PRESETS
from forecast.report.likelihood import likelihood

pytestmark = pytest.mark.browser
WIDTHS = (320, 768, 1440)


def choose(page: Any, name: str, value: str) -> None:
    page.driver.find_element(By.CSS_SELECTOR, f"input[name={name}][value='{value}']").click()
    page.settle()


def band(page: Any, name: str) -> list[list[float]]:
    text = page.run(
        "const e = document.querySelector(`[data-band='${arguments[0]}']`); return e && e.dataset.values",
        name,
    )
    return [[float(each) for each in pair.split()] for pair in text.split(";")] if text else []


def medians(page: Any) -> list[float]:
    return [
        float(each)
        for each in page.run("return document.querySelector('[data-median]').dataset.median").split(";")
    ]


def left(page: Any) -> str:
    return str(page.driver.find_element(By.ID, "left").text)


def test_the_page_is_quiet_sealed_small_and_fast(opened: Any, three: Any) -> None:
    page = opened()
    assert page.messages() == []
    assert [each for each in page.requests() if not each.startswith(("file:", "data:"))] == []
    assert three.file.stat().st_size < 3_000_000
    paints = page.run("return performance.getEntriesByType('paint').map((each) => each.startTime)")
    assert max(paints) < 1000


def test_a_request_to_outside_is_refused(opened: Any) -> None:
    page = opened()
    outcome = page.driver.execute_async_script(
        "const done = arguments[0]; fetch('https://example.org/').then(() => done('sent'), () => "
        "done('refused'))"
    )
    assert outcome == "refused"
    assert any("Content Security Policy" in each["message"] for each in page.messages())


def test_the_fan_shows_the_numbers_of_the_table(opened: Any, three: Any) -> None:
    page = opened()
    with (three.folder / "baseline" / "summary.csv").open(encoding="utf-8") as file:
        rows = [
            row for row in csv.DictReader(file) if row["variable"] == "training_cost" and not row["member"]
        ]
    assert medians(page) == pytest.approx([float(row["p50"]) for row in rows], rel=1e-8)
    for name, low, high in (("90", "p5", "p95"), ("80", "p10", "p90"), ("50", "p25", "p75")):
        wanted = [[float(row[low]), float(row[high])] for row in rows]
        assert band(page, name) == [pytest.approx(each, rel=1e-8) for each in wanted]
    choose(page, "shape", "table")
    cells = page.run(
        "return [...document.querySelectorAll('#fan-table data')].map((e) => [e.dataset.key, e.value, "
        "e.textContent])"
    )
    known = {(row["year"], level): row[level] for row in rows for level in row if level.startswith("p")}
    assert len(cells) == 7 * len(rows)
    for key, value, text in cells:
        _, _, _, year, level = key.split("|")
        assert float(value) == float(known[year, level])
        assert text == numbers.quantity(float(known[year, level]), "USD")


def test_script_and_tables_word_numbers_alike(opened: Any) -> None:
    page = opened()
    values = [
        0.0,
        3e-4,
        0.0349,
        0.5,
        0.993,
        0.99999,
        1.0,
        1.5,
        2.5,
        9.96,
        12.0,
        99.6,
        412.4,
        3870.0,
        9.996e5,
        1.2e9,
        4.06e10,
        3.1e26,
    ]
    units = ["USD", "USD/yr", "FLOP", "FLOP/USD", "W", "token", "x", "share", "count", "yr", "1/yr"]
    for unit in units:
        # Nobody counts beyond what a number holds exactly.
        top = {"share": 1.0, "1/yr": 3.0, "count": 1e15}.get(unit, 1e30)
        chosen = [each for each in values if each <= top]
        found = page.run(
            "return arguments[0].map((v) => [forecastPage.quantity(v, arguments[1]), "
            "forecastPage.short(v, arguments[1])])",
            chosen,
            unit,
        )
        assert found == [[numbers.quantity(each, unit), numbers.short(each, unit)] for each in chosen], unit


def test_every_toggle_works_with_the_mouse(opened: Any) -> None:
    page = opened()
    before = medians(page)
    choose(page, "scenario", "1")
    assert medians(page) != before
    shown = page.run(
        "return [...document.querySelectorAll('.view')].filter((e) => e.offsetParent).map((e) => "
        "e.dataset.view)"
    )
    assert set(shown) == {"1"}
    choose(page, "scenario", "all")
    shown = page.run(
        "return [...document.querySelectorAll('.view')].filter((e) => e.offsetParent).map((e) => "
        "e.dataset.view)"
    )
    assert set(shown) == {"0", "1", "2"}
    choose(page, "scenario", "0")
    line = page.run("return document.querySelector('[data-median]').getAttribute('points')")
    choose(page, "scale", "linear")
    assert page.run("return document.querySelector('[data-median]').getAttribute('points')") != line
    assert "linear scale" in page.run(
        "return document.querySelector('#fan-chart svg').getAttribute('aria-label')"
    )
    for name in ("90", "80", "50"):
        choose(page, "band", name)
        assert band(page, name) == []
    choose(page, "band", "paths")
    assert page.run("return document.querySelectorAll('#fan-chart .path').length") == 0
    choose(page, "band", "others")
    assert page.run("return document.querySelectorAll('#fan-chart g').length") == 2
    choose(page, "shape", "table")
    assert page.driver.find_element(By.ID, "fan-table").is_displayed()
    assert not page.driver.find_element(By.ID, "fan-chart").is_displayed()
    choose(page, "shape", "chart")
    for option in page.driver.find_elements(By.CSS_SELECTOR, "#variable option"):
        option.click()
        page.settle()
        assert len(medians(page)) > 1
    assert page.messages() == []


def test_each_way_of_drawing_shows_its_own_bands_with_the_numbers_of_the_paths(
    opened: Any, three: Any
) -> None:
    page = opened()
    paths = three.report.futures[0].trajectories["training_cost"]
    for name, bands in PRESETS.items():
        page.run(
            "const s = document.querySelector('#bands'); s.value = arguments[0]; s.dispatchEvent(new Event('change'))",
            name,
        )
        page.settle()
        for level in bands.lower:
            wanted = np.quantile(paths, (level, 1.0 - level), axis=-1).T
            shown = band(page, numbers.percent(1.0 - 2.0 * level).removesuffix("%"))
            assert np.array(shown) == pytest.approx(wanted, rel=1e-6)
        assert bands.note in page.driver.find_element(By.ID, "fan-note").text
        line = page.run("return document.querySelector('[data-median]').getAttribute('stroke')")
        assert (line != "none") is bands.median
    assert page.messages() == []


def test_likelihood_in_words_stands_behind_its_number(opened: Any) -> None:
    page = opened()
    shares = [0.0, 0.005, 0.01, 0.04, 0.0999, 0.2, 0.33, 0.5, 0.66, 0.9, 0.949, 0.95, 0.99, 1.0]
    assert page.run("return arguments[0].map((each) => forecastPage.likelihood(each))", shares) == [
        likelihood(each) for each in shares
    ]
    headlines = page.driver.find_element(By.CSS_SELECTOR, ".headlines")
    plain = headlines.text
    choose(page, "band", "words")
    pairs = page.run(
        "return [...document.querySelectorAll('.likely')].filter((e) => e.previousElementSibling).map((e) => "
        "[e.previousElementSibling.value, e.textContent, getComputedStyle(e).display])"
    )
    assert len(pairs) > 50
    assert all(text == f", {likelihood(float(value))}" for value, text, _ in pairs)
    assert {display for _, _, display in pairs} == {"inline"}
    assert len(headlines.text) > len(plain)
    assert "virtually certain from 99%" in page.driver.find_element(By.ID, "fan-note").text
    choose(page, "band", "words")
    assert headlines.text == plain


def test_an_earlier_forecast_stands_behind_this_one(opened: Any) -> None:
    page = opened()
    rows = page.run("return document.querySelector('[data-earlier]').dataset.earlier")
    assert len(rows.split(";")) == len(medians(page))
    label = "return document.querySelector('#fan-chart svg').getAttribute('aria-label')"
    assert "Behind it the last forecast, as of 20" in page.run(label)
    assert "grey: the last forecast, as of 20" in page.driver.find_element(By.ID, "fan-note").text
    choose(page, "band", "earlier")
    assert page.run("return document.querySelector('[data-earlier]')") is None
    assert "Behind it" not in page.run(label)
    choose(page, "scenario", "1")
    assert not page.driver.find_element(By.ID, "earlier").is_displayed()


def test_the_page_tells_how_good_earlier_forecasts_would_have_been(opened: Any) -> None:
    page = opened()
    told = page.driver.find_element(By.ID, "hindcast")
    assert " conditions that were set for these scores hold." in told.text
    picture = told.find_element(By.TAG_NAME, "img")
    assert "Outcomes inside the intervals of this fit: 50%: " in picture.get_attribute("alt")
    told.find_element(By.TAG_NAME, "summary").click()
    rows = told.find_elements(By.CSS_SELECTOR, "tbody tr")
    assert {"Record cost", "Record compute", "Price-performance"} == {
        row.find_element(By.TAG_NAME, "th").text.split(",")[0] for row in rows
    }
    assert len(rows) >= 12


def test_toggles_and_what_if_work_with_the_keyboard(opened: Any) -> None:
    page = opened()
    before = medians(page)
    page.run("document.querySelector('input[name=scenario]').focus()")
    page.pressed(Keys.ARROW_RIGHT)
    assert medians(page) != before
    page.pressed(Keys.ARROW_LEFT)
    assert medians(page) == before
    page.run("document.querySelector('input[name=band][value=\"90\"]').focus()")
    page.pressed(Keys.SPACE)
    assert band(page, "90") == []
    page.pressed(Keys.SPACE)
    page.run("document.querySelector('#year').focus()")
    page.pressed(Keys.ARROW_LEFT)
    last = page.run("return document.querySelector('#year').max")
    assert page.driver.find_element(By.ID, "reading").text.startswith(f"{int(last) - 1}: median ")
    page.run("document.querySelector('#inputs input[data-end=to]').focus()")
    page.pressed(*[Keys.ARROW_LEFT] * 40)
    assert "stored paths left" in left(page)
    assert medians(page) != before
    page.run("document.querySelector('#reset').focus()")
    page.pressed(Keys.ENTER)
    assert left(page).startswith("All ")
    assert medians(page) == before


def test_everything_that_can_be_used_can_be_reached_with_tab(opened: Any) -> None:
    page = opened()
    reached = []
    for _ in range(60):
        page.pressed(Keys.TAB)
        reached.append(
            page.run(
                "const e = document.activeElement; return e.name || e.id || e.dataset.input || e.className"
            )
        )
    assert reached[0] == "skip"
    order = [
        each
        for each in dict.fromkeys(reached)
        if each in ("scenario", "variable", "shape", "scale", "band", "year")
    ]
    assert order == ["scenario", "variable", "shape", "scale", "band", "year"]


def test_what_if_keeps_the_paths_in_the_range_and_redraws_the_fan(opened: Any) -> None:
    page = opened()
    before = medians(page)
    slider = "document.querySelectorAll('#inputs input')[{}]"
    page.run(f"const s = {slider.format(1)}; s.value = 50; s.dispatchEvent(new Event('input'))")
    page.settle()
    data = page.run(
        "const s = JSON.parse(document.getElementById('data').textContent).scenarios[0]; return "
        "[s.paths, s.inputs.length]"
    )
    assert left(page).startswith(f"{data[0] // 2:,} of {data[0]:,} stored paths left")
    after = medians(page)
    assert after != before
    payers = page.run(
        "return [...document.querySelectorAll('#what-if-table tr')].map((e) => e.textContent)"
        ".find((e) => e.startsWith('Labs that can pay'))"
    )
    assert "." not in payers
    label = page.run("return document.querySelector('#fan-chart svg').getAttribute('aria-label')")
    assert f"{data[0] // 2} of {data[0]} stored paths" in label
    page.run(f"const s = {slider.format(0)}; s.value = 50; s.dispatchEvent(new Event('input'))")
    page.settle()
    assert "too few to draw" in left(page)
    assert medians(page) == before
    page.driver.find_element(By.ID, "reset").click()
    page.settle()
    assert left(page) == f"All {data[0]:,} stored paths are kept."
    assert page.messages() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["chart", "table", "all"])
def test_axe_finds_no_violation(opened: Any, scheme: str, state: str) -> None:
    page = opened()
    page.media(prefers_color_scheme=scheme)
    if state == "all":
        choose(page, "scenario", "all")
    else:
        choose(page, "shape", state)
    # The package would import a driver of its own; only the file that it carries is wanted.
    source = Path(str(importlib.metadata.distribution("axe-playwright-python").locate_file("")))
    source = (source / "axe_playwright_python" / "axe.min.js").read_text(encoding="utf-8")
    page.run(source)
    found = page.driver.execute_async_script(
        "const done = arguments[0]; axe.run(document, {resultTypes: ['violations'], "
        "rules: {'target-size': {enabled: true}}}).then((r) => "
        "done(r.violations), (e) => done([{id: String(e)}]))"
    )
    assert [(each["id"], [node["html"][:160] for node in each.get("nodes", [])][:3]) for each in found] == []
    page.media()


def test_targets_are_large_enough(opened: Any) -> None:
    # WCAG 2.2, 2.5.8: 24 by 24 pixels.
    small = opened().run(
        "return [...document.querySelectorAll('button, select, summary, .controls label, input[type=range]')]"
        ".filter((e) => e.offsetParent).map((e) => [e.tagName, e.textContent, e.getBoundingClientRect()])"
        ".filter(([, , box]) => box.width < 24 || box.height < 24).map(([tag, text]) => `${tag} ${text}`)"
    )
    assert small == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_hides_what_has_the_focus(opened: Any, width: int) -> None:
    """WCAG 2.2, 2.4.11."""
    page = opened(width=width, height=600)
    for _ in range(70):
        page.pressed(Keys.TAB)
        hidden = page.run(
            "const e = document.activeElement, b = e.getBoundingClientRect();"
            "const inside = (v, most) => Math.min(Math.max(v, 1), most - 1);"
            "const x = inside((Math.max(b.left, 0) + Math.min(b.right, innerWidth)) / 2, innerWidth);"
            "const y = inside((Math.max(b.top, 0) + Math.min(b.bottom, innerHeight)) / 2, innerHeight);"
            "const top = document.elementFromPoint(x, y);"
            "return e === document.body || e.contains(top) || top.contains(e) ? '' : e.outerHTML.slice(0, 120)"
        )
        assert hidden == ""


def test_nothing_needs_dragging(opened: Any) -> None:
    """WCAG 2.2, 2.5.7: a slider takes single clicks, and nothing else follows the pointer."""
    page = opened()
    assert page.run("return document.querySelectorAll('[draggable=true]').length") == 0
    slider = page.driver.find_element(By.CSS_SELECTOR, "#inputs input[data-end=to]")
    width = slider.size["width"]
    ActionChains(page.driver).move_to_element_with_offset(slider, -width // 4, 0).click().perform()
    page.settle()
    assert 15 <= int(slider.get_attribute("value")) <= 35
    assert "stored paths left" in left(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_runs_off_the_page(opened: Any, width: int) -> None:
    page = opened(width=width)
    assert page.run("return document.documentElement.scrollWidth") <= width
    # Twice the size of the text, as a reader sets it.
    page.run("document.documentElement.style.fontSize = '200%'")
    page.size(width + 1)
    page.size(width)
    assert page.run("return document.documentElement.scrollWidth") <= width
    size = page.run("return Number(document.querySelector('#fan-chart svg').getAttribute('font-size'))")
    assert size == pytest.approx(0.8 * 32)
    shares = page.run(
        "const fan = document.querySelector('[data-median]').getBoundingClientRect().width;"
        "return fan / document.querySelector('#fan-chart').clientWidth"
    )
    assert shares > 0.25


def test_text_of_the_fan_stays_inside_it_and_apart(opened: Any) -> None:
    for width in WIDTHS:
        page = opened(width=width)
        out = page.run(
            "const svg = document.querySelector('#fan-chart svg'), box = svg.getBoundingClientRect();"
            "return [...svg.querySelectorAll('text')].filter((e) => { const b = e.getBoundingClientRect();"
            " return b.left < box.left - 1 || b.right > box.right + 1 || b.top < box.top - 1 || "
            "b.bottom > box.bottom + 1; })"
            ".map((e) => e.textContent)"
        )
        assert out == [], width


def test_reduced_motion_is_respected(opened: Any) -> None:
    page = opened()
    behaviour = "return getComputedStyle(document.documentElement).scrollBehavior"
    assert page.run(behaviour) == "auto"
    page.media(prefers_reduced_motion="no-preference")
    assert page.run(behaviour) == "smooth"


def test_without_a_script_the_charts_and_tables_are_there(browser: Any, three: Any) -> None:
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.driver.get(three.file.as_uri())
        text = browser.command("Page.captureSnapshot", format="mhtml")["data"]
        assert text
    finally:
        browser.command("Emulation.setScriptExecutionDisabled", value=False)
    # The class that hides the static charts was never set.
    assert not browser.run("return document.documentElement.classList.contains('script')")
    assert browser.run("return [...document.querySelectorAll('.static img')].every((e) => e.offsetParent)")
    assert not browser.run(
        "return [...document.querySelectorAll('.needs-script')].some((e) => e.offsetParent)"
    )


def test_odd_names_are_text_and_break_no_layout(browser: Any, odd: Any) -> None:
    for width in WIDTHS:
        browser.open(odd.file, width=width)
        assert browser.messages() == []
        assert browser.run("return document.documentElement.scrollWidth") <= width
    assert "broken" not in browser.run("return document.title.slice(0, 20)")
    shown = browser.run("return [...document.querySelectorAll('bdi')].map((e) => e.textContent)")
    names = [member.name for member in odd.report.futures[0].scenario.labs.values()]
    assert "x" * 200 in names
    assert all(name in shown for name in names)


def test_the_printed_page_cuts_no_figure(opened: Any, tmp_path: Path) -> None:
    page = opened()
    # What paper shows, at the width that it has.
    page.command("Emulation.setEmulatedMedia", media="print")
    page.size(688)
    heights = page.run(
        "return [...document.querySelectorAll('.picture img, #fan-chart svg')].filter((e) => "
        "e.offsetParent || e.getBoundingClientRect().height)"
        ".map((e) => { const b = e.getBoundingClientRect(); return [b.width, b.height]; })"
    )
    page.command("Emulation.setEmulatedMedia", media="")
    assert len(heights) > 8
    assert all(width <= 688 and height <= 1000 for width, height in heights)
    made = page.command("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"]
    content = base64.b64decode(made)
    assert content.startswith(b"%PDF")
    if shutil.which("pdftotext"):
        file = tmp_path / "page.pdf"
        file.write_bytes(content)
        text = subprocess.run(
            ["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True
        ).stdout
        assert "By 2031 the record training run costs" in " ".join(text.split())
        assert "Keep all paths" not in text
        pages = text.count("\f")
        assert pages <= 22
        assert f"1 of {pages}" in text
    # What a reader opens is printed too.
    page.run("document.querySelector('#open-tables').click()")
    longer = base64.b64decode(
        page.command("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"]
    )
    assert len(longer) > 1.5 * len(content)
