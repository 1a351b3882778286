// Shows the rows of the matrix that are asked for.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("filter");
  const count = document.getElementById("count");
  const { releases } = window.book;
  const sections = [...document.querySelectorAll(".matrix section")].map((section) => ({
    section,
    chapter: section.dataset.chapter,
    rows: [...section.querySelectorAll("li")].map((row) => ({
      row,
      words: row.firstElementChild.textContent.toLowerCase(),
      states: page.states(row),
      changed: row.className === "changed",
    })),
  }));
  const total = sections.reduce((sum, each) => sum + each.rows.length, 0);

  function filter() {
    const asked = Object.fromEntries(new FormData(form));
    const words = asked.words.toLowerCase().split(/\s+/).filter(Boolean);
    const place = releases.indexOf(asked.release);
    const fits = ([device, letters]) =>
      (!asked.device || device === asked.device) &&
      (!asked.outcome ||
        (place < 0 ? letters.includes(asked.outcome) : letters[place] === asked.outcome));
    let [shown, same] = [0, 0];  // and those that would be, had they changed
    for (const { section, chapter, rows } of sections) {
      const there =
        (!asked.part || chapter.split("/")[0] === asked.part) &&
        (!asked.chapter || chapter === asked.chapter);
      let here = 0;
      for (const { row, words: text, states, changed } of rows) {
        const fit = there &&
          words.every((word) => text.includes(word)) &&
          states.some(fits);
        const wanted = fit && (changed || asked.show === "all");
        row.hidden = !wanted;
        here += wanted;
        same += fit && !wanted;
      }
      section.hidden = !here;
      section.style.setProperty("--rows", here);
      shown += here;
    }
    count.textContent = `${shown} of ${total} claims` +
      (shown || !same ? "" : ` changed; ${same} did not: show all claims to see them`);
    const matrix = document.querySelector(".matrix");
    for (const line of matrix.querySelectorAll("[data-device].line")) {
      line.hidden = Boolean(asked.device) && line.dataset.device !== asked.device;
    }
    matrix.style.setProperty("--place", place);
    matrix.classList.toggle("placed", place >= 0);
    page.address(new URLSearchParams(
      Object.entries(asked).filter(([name, value]) => value && `${name}=${value}` !== "show=changed")));
  }

  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
    if (field && field.value !== value) field.selectedIndex = 0;
  }
  form.addEventListener("input", filter);
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  filter();
});
