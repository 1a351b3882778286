// Looks words up in the sentences, ids and code of all claims. Every claim is looked
// through for the words as they are, because what is looked for is often code, such as
// "x[...,None]", of which an index of words would know nothing.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const field = document.getElementById("q");
  const results = document.getElementById("results");
  const more = document.getElementById("more");
  const AT_ONCE = 30;
  const LITTLE = new Set(
    "a an and are as at be by do does for from how i if in is it of on or that the to what when where which why with".split(" "));
  const chapters = window.bookChapters;
  const squeeze = (text) => text.toLowerCase().replace(/[_\-\s]/g, "");
  const entries = window.bookClaims.map(([id, sentence, chapter, packed], place) => ({
    id, sentence, chapter, place,
    said: sentence.toLowerCase(),
    bare: squeeze(sentence),
    named: squeeze(id + "|" + chapters[chapter][1]),
    states: packed.map((each, place) => [book.devices[place], page.unpack(each)]),
    code: () => (codes.length ? codes[place] : ""),
  }));
  let codes = [];
  let found = [];

  // How well a claim fits a word: in its sentence, its id or chapter, and its code.
  function weight(entry, word) {
    const at = entry.said.indexOf(word);
    const bare = squeeze(word);  // "zerograd" and "zero-grad" are "zero_grad"
    const parts = word.split(/\W+/).filter(Boolean);  // of "optimizer.zero_grad()"
    let sum = 0;
    if (at >= 0) {
      const [before, after] = [entry.said[at - 1], entry.said[at + word.length]];
      sum = /\w/.test(before || " ") ? 3 : /\w/.test(after || " ") ? 6 : 8;
    } else if (bare && entry.bare.includes(bare)) sum = 4;
    else if (parts.length && parts.every((part) => entry.said.includes(part))) sum = 4;
    if (bare && entry.named.includes(bare)) sum += 6;
    return sum + (entry.code().includes(word) ? 1 : 0);
  }

  // A word as claims know it: "zero_grad" for "torch.optim.Optimizer.zero_grad".
  function known(word) {
    const [, last] = word.match(/^[a-z_][\w.]*\.(\w+)(?:\(\))?$/) || [];
    return last && !entries.some((entry) => weight(entry, word)) ? last : word;
  }

  function look() {
    const typed = field.value.toLowerCase().split(/\s+/)
      .map((word) => word.replace(/[?!]+$/, "")).filter(Boolean);
    const asked = [...new Set(typed)];
    const words = asked.filter((word) => !LITTLE.has(word)).map(known);
    if (!words.length) words.push(...asked);
    const weights = words.map((word) => entries.map((entry) => weight(entry, word)));
    // A word that is rare says more than one that is everywhere.
    const rare = weights.map((of) => Math.log(1 + of.length / (1 + of.filter(Boolean).length)));
    const phrase = squeeze(typed.join(""));
    const weighed = entries.map((entry, place) => {
      const of = weights.map((each) => each[place]);
      const sum = of.reduce((sum, each, word) => sum + each * rare[word], 0);
      const whole = entry.bare.includes(phrase) || entry.named.includes(phrase);
      const here = page.here(entry.states).some((letter) => letter === "h");
      return {
        entry, words,
        hits: of.filter(Boolean).length,
        sum: sum * (here ? 1 : 0.8) * (whole ? 2 : 1) / (1 + entry.said.length / 1000),
      };
    });
    found = weighed.filter(({ hits }) => hits && hits >= words.length / 2)
      .sort((a, b) => b.sum - a.sum || a.entry.place - b.entry.place);
    results.replaceChildren();
    show();
    const all = found.filter(({ hits }) => hits === words.length).length;
    document.getElementById("count").textContent = words.length
      ? `${found.length || "no"} claim${found.length === 1 ? "" : "s"}` +
        (all < found.length ? `, ${all || "none"} of them with all words` : "") : "";
    page.address(new URLSearchParams(words.length ? { q: field.value } : {}));
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
    page.tell(made.querySelector(".now"), entry.states);
    const lines = (window.bookCode?.[entry.place] || "").split("\n").filter((line) =>
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
  window.addEventListener("load", () => {
    codes = window.bookCode.map((code) => code.toLowerCase());
    if (field.value) look();
  });
  look();
  field.focus();
});
