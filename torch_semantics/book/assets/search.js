// Looks words up in the sentences, ids and code of all claims. Every claim is looked
// through for the words as they are, because what is looked for is often code, such as
// "x[..., None]", of which an index of words would know nothing.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const field = document.getElementById("q");
  const results = document.getElementById("results");
  const more = document.getElementById("more");
  const AT_ONCE = 30;
  const chapters = window.bookChapters;
  const squeeze = (text) => text.toLowerCase().replace(/[_\-\s]/g, "");
  const entries = window.bookClaims.map(([id, sentence, chapter, packed], place) => ({
    id, sentence, chapter, packed, place,
    said: sentence.toLowerCase(),
    squeezed: squeeze(id + "|" + sentence + "|" + chapters[chapter][1]),
    code: () => (window.bookCode ? window.bookCode[place] : ""),
  }));
  let found = [];

  // How well a claim fits a word: in its sentence, its id, its code, or not at all.
  function weight(entry, word) {
    const bare = squeeze(word);
    const at = entry.said.indexOf(word);
    if (at >= 0) return /\w/.test(entry.said[at - 1] || " ") ? 6 : 10;
    if (bare && entry.squeezed.includes(bare)) return 8;
    const parts = word.split(/\W+/).filter(Boolean);  // of "optimizer.zero_grad()"
    if (parts.length && parts.every((part) => entry.said.includes(part))) return 6;
    return entry.code().toLowerCase().includes(word) ? 2 : 0;
  }

  function look() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const weighed = entries.map((entry) => {
      const weights = words.map((word) => weight(entry, word));
      return {
        entry, words,
        hits: weights.filter(Boolean).length,
        sum: weights.reduce((sum, each) => sum + each, 0) - entry.said.length / 1000,
      };
    });
    const most = Math.max(0, ...weighed.map(({ hits }) => hits));
    found = weighed.filter(({ hits }) => hits && hits === most)
      .sort((a, b) => b.sum - a.sum || a.entry.place - b.entry.place);
    results.replaceChildren();
    show();
    const lacking = words.length && most && most < words.length
      ? ` with ${most} of the ${words.length} words` : "";
    document.getElementById("count").textContent = words.length
      ? `${found.length || "no"} claim${found.length === 1 ? "" : "s"}${lacking}` : "";
    const query = new URLSearchParams({ q: field.value });
    history.replaceState(null, "", `${location.pathname}${words.length ? "?" + query : ""}`);
  }

  function show() {
    const shown = results.children.length;
    for (const { entry, words } of found.slice(shown, shown + AT_ONCE)) {
      results.append(item(entry, words));
    }
    more.hidden = results.children.length >= found.length;
  }

  function item(entry, words) {
    const made = document.getElementById("result").content.cloneNode(true);
    const link = made.querySelector("a");
    link.href = `${chapters[entry.chapter][0]}.html#${entry.id}`;
    link.append(...inline(entry.sentence));
    made.querySelector(".id").textContent = entry.id;
    made.querySelector(".chapter").textContent = chapters[entry.chapter][1];
    const states = entry.packed.map((packed, place) =>
      [window.book.devices[place], page.unpack(packed)]);
    page.tell(made.querySelector(".now"), states);
    const lines = entry.code().split("\n").filter((line) =>
      words.some((word) => line.toLowerCase().includes(word))).slice(0, 3);
    const code = made.querySelector("pre");
    code.hidden = !lines.length;
    code.firstChild.textContent = lines.map((line) => line.trim()).join("\n");
    return made;
  }

  // The arrows go through the results, and back to the field.
  function move(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [field, ...results.querySelectorAll("a")];
    const place = stops.indexOf(document.activeElement);
    if (place < 0) return;
    event.preventDefault();
    stops[Math.max(0, place + (event.key === "ArrowDown" ? 1 : -1))]?.focus();
  }

  field.value = new URLSearchParams(location.search).get("q") || "";
  field.addEventListener("input", look);
  document.getElementById("search").addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });
  document.addEventListener("keydown", move);
  document.addEventListener("release", look);
  more.addEventListener("click", show);
  window.addEventListener("load", () => field.value && look());
  look();
  field.focus();
});
