"""Uses the dashboard as a person does, see `check`."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

PROGRAM = os.path.abspath(sys.argv[1])
SHOTS = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
SAMPLE = pathlib.Path("Experiments/sample").resolve()
EXPERIMENT = """
version: 1
name: little
title: "Little"
models: [squeezenet1_1]
datasets:
  - name: sample
    path: {images}
conditions: [canonical, distorted, corrected]
distortion: paper
draws: 2
seed: 2020
corrector: {corrector}
weights: {weights}
"""


def run(*arguments, **options):
    return subprocess.run([PROGRAM, *arguments], check=True, capture_output=True, text=True, **options)


def becomes_true(page, function, argument=None, seconds=30):
    """Asks from outside: `wait_for_function` evaluates text in the page, which the pages' policy forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(function, argument):
        assert time.monotonic() < end, f"not true after {seconds} s: {function}"
        time.sleep(0.02)


@contextlib.contextmanager
def process(*arguments, **options):
    made = subprocess.Popen([PROGRAM, *arguments], **options)
    try:
        yield made
    finally:
        if made.poll() is None:
            made.send_signal(signal.SIGINT)
            try:
                made.wait(20)
            except subprocess.TimeoutExpired:
                made.kill()


def training(folder, database, steps, output):
    return ["train", str(pathlib.Path("Experiments/train-sample.yaml").resolve()),
            "--images", str(SAMPLE / "images"), "--validation", str(SAMPLE / "images"),
            "--steps", str(steps), "--output", output, "--database", database, "--threads", "1",
            "--set", "report_every=1", "--set", f"validate_every={max(2, steps // 3)}",
            "--set", "corrector.stn.widths=[4, 8]", "--set", "corrector.color.widths=[4, 8]",
            *[argument for phase in ["stn", "color", "detail", "fine"]
              for argument in ["--set", f"phases.{phase}.batch=2"]]]


# What a browser says of a page that is behind another, which a browser without a screen never says.
HIDING = """
  window.isBehind = false;
  Object.defineProperty(document, "hidden", { get: () => window.isBehind });
  window.setBehind = (isBehind) => {
    window.isBehind = isBehind;
    document.dispatchEvent(new Event("visibilitychange"));
  };
"""
WIDTHS = [390, 1024, 1600]
SCHEMES = ["light", "dark"]


class Check:
    """The pages of a server in a browser that notes what must not happen."""

    def __init__(self, browser, address):
        self.address = address
        self.faults = []
        self.context = browser.new_context(viewport={"width": 1024, "height": 900})
        self.page = self.context.new_page()
        self.watch(self.page)

    def watch(self, page):
        page.on("console", lambda m: m.type == "error" and self.faults.append(f"console: {m.text}"))
        page.on("pageerror", lambda e: self.faults.append(f"error: {e}"))
        page.on("request", self.request)

    def another(self, path):
        page = self.context.new_page()
        self.watch(page)
        page.add_init_script(HIDING)
        page.goto(self.address + path)
        return page

    def request(self, request):
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.faults.append(f"left the machine: {request.url}")

    def open(self, path):
        answer = self.page.goto(self.address + path)
        assert answer.status == 200, f"/{path}: {answer.status}"
        return self.page

    def accessible(self, name):
        found = Axe().run(self.page).response["violations"]
        for fault in found:
            if fault["impact"] in ("serious", "critical"):
                where = [node["target"] for node in fault["nodes"]][:3]
                self.faults.append(f"{name}: axe {fault['id']}: {fault['help']} {where}")

    def everywhere(self, name, path):
        """A page in every width and scheme: nothing is wider than the screen, axe finds nothing; pictures."""
        for scheme in SCHEMES:
            self.page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                self.page.set_viewport_size({"width": width, "height": 1000})
                self.page.goto(self.address + path)
                becomes_true(self.page, "() => !document.querySelector('.waiting')", seconds=120)
                wide = self.page.evaluate(TOO_WIDE)
                if wide:
                    self.faults.append(f"{name}: wider than {width}: {wide}")
                if SHOTS is not None:
                    SHOTS.mkdir(parents=True, exist_ok=True)
                    self.page.wait_for_timeout(400)
                    self.page.screenshot(path=SHOTS / f"{name}-{scheme}-{width}.png", full_page=True)
            self.accessible(f"{name}, {scheme}")
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": 1024, "height": 900})


# What reaches beyond the screen, but for what scrolls within it.
TOO_WIDE = """() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  return [...document.querySelectorAll("main *, header *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".scroll, pre, svg"))
    .slice(0, 5).map((one) => one.outerHTML.slice(0, 90));
}"""


def tab_to(page, function, most=200):
    """Goes to what `function` names with the Tab key alone."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"() => Boolean(document.activeElement && ({function})(document.activeElement))"):
            return
    raise AssertionError(f"Tab does not reach {function}")


def runs(check):
    page = check.open("")
    expect(page.locator("h1")).to_have_text("Runs")
    check.accessible("runs")
    assert page.locator("tbody tr").count() >= 3
    # Sorted, by keyboard alone.
    heading = page.get_by_role("link", name="run", exact=False).filter(has_text=re.compile("^run")).first
    heading.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**sort=id&direction=ascending**")
    first = page.locator("tbody th a").first.inner_text()
    assert first == "1", first
    # Sorted by what cells got right; the only evaluation comes first, whose cells may still be counted.
    page.get_by_role("link", name="top-1 %").click()
    page.wait_for_url("**sort=top1&direction=descending**")
    becomes_true(page, "() => document.querySelector('tbody tr td:nth-child(4)').textContent === 'evaluate'")
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("top-1 %")
    # Filtered.
    page.get_by_label("Status").select_option("finished")
    page.wait_for_url("**status=finished**")
    assert set(page.locator("tbody .status").all_inner_texts()) == {"finished"}
    assert "text=" not in page.url, "what is not asked for is not in the address"
    page.get_by_label("Status").select_option("")
    page.get_by_label("Kind").select_option("train")
    page.wait_for_url("**kind=train**")
    assert set(page.locator("tbody tr td:nth-child(4)").all_inner_texts()) == {"train"}
    page.get_by_label("Search").fill("no such run")
    page.keyboard.press("Enter")
    expect(page.get_by_text("There are no such runs.")).to_be_visible()
    # The first Tab leads to the link over the navigation.
    page = check.open("")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


def live(check, database, run_id):
    """A step that is recorded is on the page within two seconds."""
    page = check.open(f"runs/{run_id}")
    check.accessible("run")
    expect(page.locator("figure.chart svg").first).to_be_visible()
    page.wait_for_timeout(500)
    note = page.locator(".progress b.value").first
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    last = "SELECT MAX(step) FROM metrics WHERE run_id = ?"
    for _ in range(600):
        step = connection.execute(last, (run_id,)).fetchone()[0]
        shown = note.inner_text() if note.count() else ""
        time.sleep(0.1)
        if connection.execute(last, (run_id,)).fetchone()[0] != step:
            changed = time.monotonic()
            break
    else:
        raise AssertionError("the training records no step")
    becomes_true(
        page, "before => document.querySelector('.progress b.value')?.textContent !== before", shown, seconds=5)
    took = time.monotonic() - changed
    assert took < 2.5, f"a step took {took:.1f} s to be shown"
    print(f"live: a step was shown after {took:.1f} s")


def behind(check, run_id):
    """Pages behind others hold no connection, and show what is new when they are looked at again."""
    pages = []
    for _ in range(8):
        # With six connections to a server, the seventh page would wait for ever.
        page = check.another(f"runs/{run_id}")
        pages.append(page)
        expect(page.locator(".progress b.value").first).to_be_visible(timeout=10000)
        page.evaluate("setBehind(true)")
    first = pages[0]
    shown = first.locator(".progress b.value").first.inner_text()
    asked = []
    first.on("request", lambda request: asked.append(request.url))
    first.wait_for_timeout(2500)
    assert not asked, f"a page behind others asks: {asked}"
    assert first.locator(".progress b.value").first.inner_text() == shown
    first.evaluate("setBehind(false)")
    step = "before => document.querySelector('.progress b.value')?.textContent !== before"
    becomes_true(first, step, shown, seconds=4)
    # Left and come back to.
    first.goto(check.address + "experiments")
    first.go_back()
    shown = first.locator(".progress b.value").first.inner_text()
    becomes_true(first, step, shown, seconds=6)
    for page in pages:
        page.close()


def charts(check, run_id):
    page = check.open(f"runs/{run_id}")
    plot = page.locator("figure.chart .plot").first
    expect(plot.locator("svg .curve, svg .mark").first).to_be_attached()
    box = plot.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("figure.chart .readout").first).to_contain_text("step")
    page.get_by_label("Logarithmic axis").check()
    expect(page.locator("figure.chart .chart-note").first).to_contain_text("logarithmic")
    page.locator("#smoothing").focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    expect(page.locator("figure.chart .chart-note").first).to_contain_text("smoothed by 0.30")
    plot.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("figure.chart .readout").first).to_contain_text("step")
    # Zoomed with the mouse, in all charts, and back.
    ticks = "() => document.querySelector('figure.chart .plot svg').textContent"
    whole = page.evaluate(ticks)
    box = plot.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 60, steps=4)
    page.mouse.up()
    becomes_true(page, f"before => ({ticks})() !== before", whole)
    page.get_by_role("button", name="Show all steps").click()
    becomes_true(page, f"before => ({ticks})() === before", whole)
    if page.locator("#picture").count():
        before = page.locator("#picture-image").get_attribute("src")
        page.locator("#picture").focus()
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#picture-image")).not_to_have_attribute("src", before)
        becomes_true(page, "() => document.getElementById('picture-image').naturalWidth > 0")


def compare(check, first, second):
    page = check.open("")
    button = page.get_by_role("button", name="Compare selected")
    expect(button).to_be_disabled()
    # By keyboard alone: Tab to each box, Space, and back to the button.
    for run_id in sorted([first, second], reverse=True):
        tab_to(page, f"one => one.name === 'run' && one.value === '{run_id}'")
        page.keyboard.press("Space")
    expect(button).to_be_enabled()
    for _ in range(200):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.id") == "compare-button":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#part table").first).to_be_visible(timeout=60000)
    # The verdict first, then the curves of both, each with a look of its own.
    expect(page.locator("#part > p strong").first).to_be_visible()
    chart = page.locator("figure.chart").first
    chart.scroll_into_view_if_needed()
    for look in ["s0", "s1"]:
        expect(chart.locator(f"svg .curve.{look}, svg .mark.{look}").first).to_be_attached()
    lines = [page.locator(f".legend .{look}") for look in ["s0", "s1"]]
    looks = [line.evaluate("one => { const s = getComputedStyle(one); return [s.stroke, s.strokeDasharray]; }")
             for line in lines]
    assert looks[0][0] != looks[1][0] and looks[0][1] != looks[1][1], looks
    # In the whole width, also where the page's parts move.
    expect(chart.locator("svg .curve").first).to_be_attached()
    page.set_viewport_size({"width": 1500, "height": 900})
    becomes_true(page, """() => {
      const plot = document.querySelector("figure.chart .plot");
      return Math.abs(plot.firstElementChild.viewBox.baseVal.width - plot.clientWidth) < 1;
    }""")
    page.set_viewport_size({"width": 1024, "height": 900})
    chart.locator(".plot").focus()
    page.keyboard.press("ArrowRight")
    for run_id in [first, second]:
        expect(chart.locator(".readout")).to_contain_text(f"run {run_id}")
    check.accessible("compare")


def cells(check, name):
    """Before and after a correction, with every image that changed a link to its page."""
    page = check.open(f"experiments/{name}")
    page.get_by_role("link", name="distorted → corrected").first.click()
    expect(page.locator("#part table").first).to_be_visible(timeout=60000)
    page.locator(".images img").first.scroll_into_view_if_needed()
    becomes_true(page, "() => [...document.querySelectorAll('.images img')].some(i => i.naturalWidth > 0)")
    check.accessible("cells compared")
    page.locator(".images a").first.click()
    expect(page.locator(".look img").first).to_be_visible(timeout=60000)


def experiment(check, name):
    page = check.open("experiments")
    check.accessible("experiments")
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.locator("#part table").first).to_be_visible(timeout=120000)
    expect(page.locator("#part img").first).to_be_visible()
    expect(page.locator("#confusions table").first).to_be_visible(timeout=60000)
    check.accessible("experiment")


def images(check):
    page = check.open("images")
    check.accessible("images")
    becomes_true(
        page, "() => [...document.querySelectorAll('.images img')].slice(0, 4).every(i => i.naturalWidth > 0)")
    page.locator("select[name=outcome]").select_option("wrong")
    page.wait_for_url("**outcome=wrong**")
    assert page.locator(".images li").count() > 0
    # By the strength of the distortion: what is above a bound and what is below are all.
    check.open("images")
    page.get_by_text("Strength of the distortion").click()
    page.get_by_label("|rotation| from").fill("3")
    page.keyboard.press("Enter")
    page.wait_for_url("**rotation_from=3**")
    expect(page.get_by_label("|rotation| from")).to_be_visible()
    check.accessible("images by strength")
    assert 0 < page.locator(".images li").count(), "no draw is turned by 3 degrees"
    check.open("images?outcome=wrong")
    page.locator(".images a").first.click()
    expect(page.locator(".look img").nth(3)).to_be_visible(timeout=60000)
    check.accessible("image")
    names = page.locator(".look figcaption").all_inner_texts()
    assert names == ["canonical y", "distorted x", "transformed x_s", "corrected ŷ"], names
    # Drawn and judged again, each view gets the prediction that is stored.
    stored = dict(row.inner_text().split("\t") for row in page.locator("#said-title ~ .scroll tbody tr").all())
    for at, condition in [(0, "canonical"), (1, "distorted"), (3, "corrected")]:
        said = next(text for cell, text in stored.items() if condition in cell)
        again = page.locator(".look").nth(at).locator("li").first.inner_text()
        assert again.startswith(said), f"{condition}: {again}, stored {said}"
    before = page.locator(".look img").nth(1).get_attribute("src")
    slider = page.locator("#sliders input[name=rotation]")
    slider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".look img").nth(1)).not_to_have_attribute("src", before, timeout=30000)
    expect(page.locator(".look li").first).to_contain_text("%")


def photo(check):
    page = check.open("images")
    page.get_by_role("link", name="try a photo of your own").click()
    check.accessible("photo")
    path = sorted((SAMPLE / "images").iterdir())[0]
    # Dropped, not chosen: as from a file manager.
    data = list(path.read_bytes())
    page.evaluate(
        """([bytes, name]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/jpeg" }));
          document.getElementById("drop").dispatchEvent(
            new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
        }""", [data, path.name])
    expect(page.locator(".look img").first).to_be_visible(timeout=60000)
    expect(page.locator(".look li").first).to_contain_text("%")


def schemes(check):
    page = check.open("")
    ground = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="light")
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(ground)
    assert light != dark
    check.accessible("runs, dark")
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.evaluate(ground) == light
    page.reload()
    assert page.evaluate(ground) == light, "the choice is kept"
    page.evaluate("localStorage.clear()")
    page.emulate_media(color_scheme="light")


def export(check, browser, database, folder):
    said = run("serve", "--database", database, "--export", f"{folder}/export").stdout
    print(said.strip())
    page = browser.new_page()
    faults = []
    page.on("console", lambda m: m.type == "error" and faults.append(m.text))
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.goto(f"file://{folder}/export/index.html")
    expect(page.locator("tbody tr").first).to_be_visible()
    page.locator("td.name a").first.click()
    expect(page.locator("h1")).to_contain_text("Run")
    # Every page opens, every link leads somewhere, every picture is there.
    pages = sorted(pathlib.Path(f"{folder}/export").glob("*.html"))
    kinds = {re.match(r"[a-z]+", path.name).group() for path in pages}
    assert kinds >= {"index", "run", "experiments", "experiment", "compare", "images"}, kinds
    for path in pages:
        page.goto(f"file://{path}")
        for link in page.evaluate("[...document.querySelectorAll('a[href], img[src]')].map(a => a.href || a.src)"):
            target = link.split("#")[0]
            if not os.path.exists(target.removeprefix("file://").replace("%20", " ")):
                faults.append(f"{path.name}: leads to {link}")
    check.faults += [f"export: {fault}" for fault in faults]


def main():
    folder = tempfile.mkdtemp(prefix="realitygap-browser-")
    database = f"{folder}/results.sqlite"
    (pathlib.Path(folder) / "little.yaml").write_text(
        EXPERIMENT.format(images=SAMPLE, corrector=SAMPLE / "corrector.h5", weights=SAMPLE))
    given = os.environ.get("REALITYGAP_BROWSER_DATABASE")
    try:
        if given:
            shutil.copy(given, database)
        else:
            run("run", f"{folder}/little.yaml", "--database", database,
                "--output", f"{folder}/results", "--threads", "1")
            run(*training(folder, database, 6, f"{folder}/first"))
            run(*training(folder, database, 6, f"{folder}/second"), "--seed", "7")
        with process("serve", "--database", database, "--port", "0", stdout=subprocess.PIPE, text=True) as server, \
                process(*training(folder, database, 100_000, f"{folder}/live"), stderr=subprocess.DEVNULL):
            address = re.search(r"http://\S+", server.stdout.readline()).group()
            check_all(address, database, folder)
    finally:
        shutil.rmtree(folder)


def check_all(address, database, folder):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium", args=["--no-sandbox"])
        check = Check(browser, address)
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        for _ in range(300):
            last = connection.execute("SELECT MAX(id) FROM runs WHERE status = 'running'").fetchone()[0]
            if last and connection.execute("SELECT COUNT(*) FROM metrics WHERE run_id = ?", (last,)).fetchone()[0]:
                break
            time.sleep(0.2)
        trainings = [row[0] for row in connection.execute("SELECT id FROM runs WHERE kind = 'train' ORDER BY id")]
        name = connection.execute("SELECT experiment FROM experiment_cells").fetchone()[0]
        steps = [
            ("runs", lambda: runs(check)), ("live", lambda: live(check, database, last)),
            ("behind", lambda: behind(check, last)), ("charts", lambda: charts(check, trainings[0])),
            ("compare", lambda: compare(check, trainings[0], trainings[1])),
            ("experiment", lambda: experiment(check, name)), ("cells", lambda: cells(check, name)),
            ("images", lambda: images(check)),
            ("photo", lambda: photo(check)), ("schemes", lambda: schemes(check)),
            ("export", lambda: export(check, browser, database, folder)),
        ]
        for title, step in steps:
            start = time.monotonic()
            try:
                step()
            except Exception as error:
                check.faults.append(f"{title}: {error}")
            print(f"{title}: {time.monotonic() - start:.1f} s", flush=True)
        before, cell = (connection.execute(
            "SELECT id FROM evaluations WHERE condition = ?", (condition,)).fetchone()[0]
            for condition in ["distorted", "corrected"])
        item = connection.execute("SELECT MIN(id) FROM items").fetchone()[0]
        start = time.monotonic()
        for title, path in [
            ("runs", ""), ("run", f"runs/{trainings[0]}"), ("live", f"runs/{last}"),
            ("evaluation", "runs/1"), ("experiments", "experiments"), ("experiment", f"experiments/{name}"),
            ("compare", f"compare?run={trainings[0]}&run={trainings[1]}"),
            ("cells", f"compare?cell={before}&cell={cell}"), ("images", f"images?cell={cell}"),
            ("strength", f"images?cell={cell}&rotation_from=3"),
            ("image", f"image?cell={cell}&item={item}&draw=0"), ("photo", f"image?cell={cell}"),
        ]:
            try:
                check.everywhere(title, path)
            except Exception as error:
                check.faults.append(f"{title}: {error}")
        print(f"every page at {len(WIDTHS)} widths, light and dark: {time.monotonic() - start:.1f} s")
        browser.close()
    if check.faults:
        print("\n".join(f"test-browser: {fault}" for fault in check.faults), file=sys.stderr)
        sys.exit(1)
    print("test-browser: every page works")


main()
