// What every page has: the colours, the reader's release, copying, the search key.
"use strict";

const page = {
  // Settings outlive a page where the browser lets them.
  recall(name) {
    try { return localStorage.getItem("torch-semantics." + name); } catch { return null; }
  },
  keep(name, value) {
    try { localStorage.setItem("torch-semantics." + name, value); } catch { /* not kept */ }
  },

  // "a2h3" -> "aahhh": the outcome on each release, a letter each.
  unpack(packed) {
    return packed.replace(/([a-z])(\d+)/g, (_, letter, count) => letter.repeat(count));
  },

  // The outcomes of an element with data-states: [device, letters], ...
  states(element) {
    return element.dataset.states.split(" ").map((each) => {
      const end = each.lastIndexOf(":");  // a device may be "cuda:1"
      return [each.slice(0, end), page.unpack(each.slice(end + 1))];
    });
  },

  // Put what was asked for into the page's address, once it stays as it is: a browser
  // takes so many changes and no more.
  address(query) {
    clearTimeout(page.waiting);
    page.waiting = setTimeout(() => history.replaceState(
      null, "", location.pathname + (query.size ? `?${query}` : "")), 200);
  },

  // The outcome on the reader's release, on each device, of [device, letters], ...
  here(states) {
    const place = book.releases.indexOf(document.getElementById("release").value);
    return states.map(([, letters]) => letters[place]);
  },

  // Say of a claim whether it holds on the reader's release. Of several devices, one
  // that it fails on comes first, and one that nothing is known of last.
  tell(element, states) {
    const here = page.here(states);
    const told = here.map((letter, place) =>
      (here.length > 1 ? states[place][0] + ": " : "") + book.words[letter]);
    element.textContent = `torch ${document.getElementById("release").value}: ${told.join(", ")}`;
    const first = here.find((letter) => "bomtc".includes(letter)) ||
      here.find((letter) => !"nu".includes(letter)) || here[0];
    element.className = "now badge " + first;
    return first;
  },
};

// A sentence as nodes: what stands between backticks is code.
function inline(text) {
  const parts = text.split(/(`+)(.+?)\1/);  // text, backticks, code, and again
  return parts.filter((_, place) => place % 3 !== 1).map((part, place) => {
    if (place % 2 === 0) return document.createTextNode(part);
    const code = document.createElement("code");
    code.textContent = part;
    return code;
  });
}

document.documentElement.dataset.colours = page.recall("colours") || "system";

document.addEventListener("DOMContentLoaded", () => {
  const colours = document.getElementById("colours");
  colours.value = document.documentElement.dataset.colours;
  colours.addEventListener("change", () => {
    document.documentElement.dataset.colours = colours.value;
    page.keep("colours", colours.value);
  });

  const release = document.getElementById("release");
  const kept = page.recall("release");
  if (kept && book.releases.includes(kept)) release.value = kept;
  const tellAll = () => {
    document.documentElement.style.setProperty(
      "--here", (book.releases.indexOf(release.value) + 0.5) / book.releases.length);
    for (const claim of document.querySelectorAll("article.claim")) {
      claim.dataset.here = page.tell(claim.querySelector(".now"), page.states(claim));
    }
  };
  release.addEventListener("change", () => {
    page.keep("release", release.value);
    tellAll();
    document.dispatchEvent(new Event("release"));
  });
  tellAll();

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const code = button.parentElement.querySelector(":scope > pre code, :scope > code");
    const name = button.dataset.name ||= button.ariaLabel;
    const say = (word, label = word) => {
      button.textContent = word;
      button.ariaLabel = label;  // which a screen reader says
    };
    try {
      await navigator.clipboard.writeText(code.textContent);
      say("Copied");
    } catch {
      getSelection().selectAllChildren(code);
      say("Selected");
    }
    setTimeout(say, 2000, "Copy", name);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    (document.getElementById("q") || document.getElementById("find")).focus();
  });
});
