// Leads from a claim's permanent link to the chapter that the claim is in.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const go = () => {
    const id = location.hash.slice(1);
    const place = Object.hasOwn(window.bookPlaces, id) ? window.bookPlaces[id] : -1;
    if (place >= 0) location.replace(`${window.bookChapters[place][0]}.html#${id}`);
    else if (id) document.getElementById("lost").textContent = `There is no claim ${id}.`;
  };
  window.addEventListener("hashchange", go);
  go();
});
