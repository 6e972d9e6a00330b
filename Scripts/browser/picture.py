"""Makes Documentation/dashboard.png, the picture of the dashboard in the README.

    make demo && Scripts/browser/check --picture .build/release/realitygap

It shows a photo of Experiments/sample, from the database that `make demo` leaves.
"""

import re
import shutil
import signal
import sqlite3
import subprocess
import sys

from PIL import Image
from playwright.sync_api import expect, sync_playwright

program, database = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "realitygap.sqlite"
connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
cell = connection.execute(
    "SELECT MAX(id) FROM evaluations WHERE condition = 'corrected' AND status = 'finished'").fetchone()[0]
item = connection.execute("SELECT id FROM items WHERE name = 'imagenet_03_990.jpg'").fetchone()[0]
server = subprocess.Popen([program, "serve", "--database", database, "--port", "0"], stdout=subprocess.PIPE, text=True)
try:
    address = re.search(r"http://\S+", server.stdout.readline()).group()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1024, "height": 600}, color_scheme="light")
        page.goto(f"{address}image?cell={cell}&item={item}&draw=2")
        expect(page.locator(".look img").nth(3)).to_be_visible(timeout=60000)
        # They come in from grey.
        expect(page.locator("#pictures.busy")).to_have_count(0)
        page.wait_for_timeout(500)
        page.screenshot(path="Documentation/dashboard.png")
        browser.close()
    # 256 colours, as a quarter of a megabyte is enough for a first look.
    picture = Image.open("Documentation/dashboard.png").convert("RGB").quantize(256, dither=Image.Dither.NONE)
    picture.save("Documentation/dashboard.png", optimize=True)
finally:
    server.send_signal(signal.SIGINT)
    server.wait(20)
