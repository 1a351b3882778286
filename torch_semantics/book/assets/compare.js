// Says which claims are not the same on two releases.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("compare");
  const { releases, devices, words } = window.book;
  const titles = ["Stopped holding", "Started holding", "Differs in another way"];

  // What `torch-semantics diff` calls it: the place of one of the titles, or -1.
  function kind(before, after) {
    const known = (letter) => letter !== "n" && letter !== "u";
    if (before === after || !known(before) || !known(after)) return -1;
    const held = (letter) => (letter === "d" ? null : letter === "h" || letter === "o");
    if (held(before) && held(after) === false) return 0;
    return held(before) === false && held(after) ? 1 : 2;
  }

  function outcome(badge, letter, id, { release, device }) {
    const reason = window.bookReasons[device]?.[id]?.[release];
    badge.className = "badge " + letter;
    badge.textContent = words[letter] + (reason ? ": " + reason : "");
  }

  function show() {
    const { old, new: now } = Object.fromEntries(new FormData(form));
    // "2.11.0 on cuda": the release, and the device where it is not the first.
    const [before, after] = [old, now].map((choice) => {
      const [release, device = devices[0]] = choice.split(" on ");
      return {
        release, device,
        of: (packed) =>
          page.unpack(packed[devices.indexOf(device)])[releases.indexOf(release)],
      };
    });
    const groups = titles.map(() => []);
    let [compared, unknown] = [0, 0];
    for (const [id, sentence, chapter, packed] of window.bookClaims) {
      const [was, is] = [before.of(packed), after.of(packed)];
      if ([was, is].some((letter) => letter === "n" || letter === "u")) unknown += 1;
      else compared += 1;
      const group = groups[kind(was, is)];
      if (group) group.push({ id, sentence, chapter, was, is });
    }
    const differences = document.getElementById("differences");
    differences.replaceChildren();
    groups.forEach((group, index) => {
      if (!group.length) return;
      const section = document.getElementById("group").content.cloneNode(true);
      section.querySelector("h2").textContent = `${titles[index]}: ${group.length}`;
      for (const { id, sentence, chapter, was, is } of group) {
        const item = document.getElementById("difference").content.cloneNode(true);
        const link = item.querySelector("a");
        link.href = `${window.bookChapters[chapter][0]}.html#${id}`;
        link.append(...inline(sentence));
        item.querySelector(".id").textContent = id;
        const [left, right] = item.querySelectorAll(".badge");
        outcome(left, was, id, before);
        outcome(right, is, id, after);
        section.querySelector("ul").append(item);
      }
      differences.append(section);
    });
    const changed = groups.flat().length;
    document.getElementById("summary").textContent =
      `${compared} claims ran on both: ${changed} changed, ${compared - changed} are the same` +
      (unknown ? `; ${unknown} more were not run on one of them` : "");
    const chosen = (name) => form.elements[name].selectedOptions[0].dataset.argument;
    document.getElementById("command").textContent =
      `torch-semantics diff ${chosen("old")} ${chosen("new")}`;
    document.title = `torch ${old} and ${now} · torch-semantics`;
    page.address(new URLSearchParams(new FormData(form)));
  }

  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements.namedItem(name);
    if (field && [...field.options].some((each) => each.value === value)) field.value = value;
  }
  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
  show();
});
