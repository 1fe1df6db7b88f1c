// Page viewer: one page at a time, by buttons, by keys while focus is inside, by links to a signature's box.
"use strict";

(() => {
  const viewer = document.getElementById("viewer");
  const leaves = [...viewer.querySelectorAll(".leaf")];
  const where = document.getElementById("where");
  const [back, on] = [document.getElementById("back"), document.getElementById("on")];
  let at = 0;

  function show(index) {
    at = Math.max(0, Math.min(leaves.length - 1, index));
    leaves.forEach((leaf, number) => { leaf.hidden = number !== at; });
    where.textContent = leaves[at].dataset.label;
    [back.disabled, on.disabled] = [at === 0, at === leaves.length - 1];
    leaves[at].querySelector("img").loading = "eager";
  }

  function follow() {
    const target = location.hash.length > 1 && viewer.querySelector(`[id="${CSS.escape(location.hash.slice(1))}"]`);
    const leaf = target && target.closest(".leaf");
    if (leaf) {
      show(leaves.indexOf(leaf));
      viewer.scrollIntoView({ block: "nearest" });
      viewer.querySelector(".pages").focus();
    }
  }

  const fit = document.getElementById("fit");
  function fitPage(whole) {
    fit.setAttribute("aria-pressed", String(whole));
    viewer.classList.toggle("whole", whole);
  }
  fit.addEventListener("click", () => { fitPage(fit.getAttribute("aria-pressed") !== "true"); });
  fitPage(true);

  back.addEventListener("click", () => { show(at - 1); });
  on.addEventListener("click", () => { show(at + 1); });
  viewer.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "+") fitPage(false);
    if (event.key === "-") fitPage(true);
    const move = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    show(at + move);
  });
  viewer.querySelectorAll(".js-only").forEach((one) => { one.hidden = false; });
  window.addEventListener("hashchange", follow);
  const first = leaves.findIndex((leaf) => leaf.querySelector(".box"));
  show(first < 0 ? 0 : first);
  follow();
})();
