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

    def shoot(self, name, path):
        if SHOTS is None:
            return
        SHOTS.mkdir(parents=True, exist_ok=True)
        for scheme in ["light", "dark"]:
            self.page.emulate_media(color_scheme=scheme)
            for width in [420, 1024, 1920]:
                self.page.set_viewport_size({"width": width, "height": 1000})
                self.page.goto(self.address + path)
                self.page.wait_for_timeout(1200)
                self.page.screenshot(path=SHOTS / f"{name}-{scheme}-{width}.png")
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": 1024, "height": 900})


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
    # Filtered.
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
    for run_id in [first, second]:
        box = page.get_by_label(f"Select run {run_id}", exact=True)
        box.focus()
        page.keyboard.press("Space")
    expect(button).to_be_enabled()
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#part table").first).to_be_visible(timeout=60000)
    check.accessible("compare")


def experiment(check, name):
    page = check.open("experiments")
    check.accessible("experiments")
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.locator("#part table").first).to_be_visible(timeout=120000)
    expect(page.locator("#part img").first).to_be_visible()
    check.accessible("experiment")


def images(check):
    page = check.open("images")
    check.accessible("images")
    becomes_true(
        page, "() => [...document.querySelectorAll('.images img')].slice(0, 4).every(i => i.naturalWidth > 0)")
    page.locator("select[name=outcome]").select_option("wrong")
    page.wait_for_url("**outcome=wrong**")
    assert page.locator(".images li").count() > 0
    page.locator(".images a").first.click()
    expect(page.locator(".look img").nth(3)).to_be_visible(timeout=60000)
    check.accessible("image")
    names = page.locator(".look figcaption").all_inner_texts()
    assert names == ["canonical y", "distorted x", "transformed x_s", "corrected ŷ"], names
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
    # Nothing of a page is wider than a phone.
    page.set_viewport_size({"width": 360, "height": 800})
    for path in ["", "runs/1", "experiments", "images"]:
        check.open(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"/{path} is too wide"
    page.set_viewport_size({"width": 1024, "height": 900})


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
            ("charts", lambda: charts(check, trainings[0])),
            ("compare", lambda: compare(check, trainings[0], trainings[1])),
            ("experiment", lambda: experiment(check, name)), ("images", lambda: images(check)),
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
        cell = connection.execute("SELECT id FROM evaluations WHERE condition = 'corrected'").fetchone()[0]
        item = connection.execute("SELECT MIN(id) FROM items").fetchone()[0]
        for title, path in [
            ("runs", ""), ("run", f"runs/{trainings[0]}"), ("experiment", f"experiments/{name}"),
            ("compare", f"compare?run={trainings[0]}&run={trainings[1]}"), ("images", "images"),
            ("image", f"image?cell={cell}&item={item}&draw=0"),
        ]:
            check.shoot(title, path)
        browser.close()
    if check.faults:
        print("\n".join(f"test-browser: {fault}" for fault in check.faults), file=sys.stderr)
        sys.exit(1)
    print("test-browser: every page works")


main()
