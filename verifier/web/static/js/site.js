// Small conveniences on every page: copy the address, print, close the menu, page viewer.
"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  if (button.dataset.do === "print") window.print();
  if (button.dataset.do === "copy") copyAddress(button);
  if (button.dataset.do === "copy-text") copyText(button);
});

function copyAddress(button) {
  const told = document.getElementById("copied");
  const done = () => { told.textContent = button.dataset.done; };
  if (navigator.clipboard) {
    navigator.clipboard.writeText(button.dataset.address).then(done, () => selectAddress());
  } else {
    selectAddress();
  }
}

function copyText(button) {
  const lines = [...document.getElementById(button.dataset.from).children].map((one) => one.textContent.trim());
  const told = document.getElementById("copied");
  navigator.clipboard?.writeText(lines.join("\n")).then(() => { told.textContent = button.dataset.done; }, () => {});
}

function selectAddress() {
  const address = document.getElementById("address");
  if (!address) return;
  const fold = address.closest("details");
  if (fold) fold.open = true;
  address.scrollIntoView({ block: "center" });
  window.getSelection().selectAllChildren(address);
}

document.querySelectorAll("[data-do]").forEach((button) => { button.hidden = false; });

document.querySelectorAll("details.menu").forEach((menu) => {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
});

// A link to something folded opens the fold.
function unfold() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (target.matches("details")) target.open = true;
  target.scrollIntoView();
}
window.addEventListener("hashchange", unfold);
unfold();

// Everything is unfolded on paper.
let folded = [];
window.addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("main details:not([open])")];
  folded.forEach((fold) => { fold.open = true; });
});
window.addEventListener("afterprint", () => { folded.forEach((fold) => { fold.open = false; }); });
