"""Takes the pictures in README.md of the book: ``python documents/screenshots.py``.

Needs Chromium and its driver, and Selenium.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

HERE = Path(__file__).resolve().parent
PAGES = {
    "chapter": "claim.html#optim.zero-grad.sets-grads-to-none",
    "matrix": "matrix.html?part=autograd",
}


def main() -> None:
    """Build the book, and take a picture of each page."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in ("--headless=new", "--no-sandbox", "--hide-scrollbars"):
        options.add_argument(argument)
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder, "book")
        subprocess.run(
            [sys.executable, "-m", "torch_semantics", "book", "--output", book],
            cwd=HERE.parent,
            check=True,
        )
        driver = Service(shutil.which("chromedriver"))
        with webdriver.Chrome(options, driver) as browser:
            browser.set_window_size(1240, 900)
            for name, page in PAGES.items():
                browser.get(f"{book.as_uri()}/{page}")
                browser.implicitly_wait(10)
                browser.find_element("tag name", "h2")
                browser.save_screenshot(str(HERE / "images" / f"{name}.png"))


if __name__ == "__main__":
    main()
