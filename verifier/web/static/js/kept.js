// A form that was sent when the session had ended is not lost: what was typed is kept in this tab while the same
// person signs in again, and put back where it stood; so too when the language is changed. Never passwords, files or
// hidden fields.
"use strict";

(() => {
  const KEY = "kept";
  const TURNED = "turned";  // what was typed when the language was changed
  const LEFT_OUT = ["hidden", "password", "file", "submit", "button"];
  const person = document.documentElement.dataset.person || "";
  const kept = JSON.parse(sessionStorage.getItem(KEY) || "null");
  const turned = JSON.parse(sessionStorage.getItem(TURNED) || "null");

  sessionStorage.removeItem(TURNED);
  if (turned && turned.person === person && turned.page === location.pathname) fill(turned.fields);
  document.querySelectorAll(".languages a").forEach((link) => link.addEventListener("click", () => {
    const fields = [...document.querySelectorAll("main form")].flatMap(typed);
    sessionStorage.setItem(TURNED, JSON.stringify({ person, page: location.pathname, fields }));
  }));

  if (!person && kept) {
    sessionStorage.setItem(KEY, JSON.stringify({ ...kept, signing: true }));
    return;
  }
  sessionStorage.removeItem(KEY);
  if (kept && kept.signing && kept.person === person && kept.page === location.pathname) putBack(kept.fields);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!person || form.method !== "post" || !form.closest(".desk")) return;
    sessionStorage.setItem(KEY, JSON.stringify({ person, page: location.pathname, fields: typed(form) }));
  });

  function typed(form) {
    const fields = [...form.elements].filter((one) => one.id && one.name && !LEFT_OUT.includes(one.type));
    return fields.map((one) => [one.id, ["checkbox", "radio"].includes(one.type) ? one.checked : one.value]);
  }

  function fill(fields) {
    const found = fields.map(([id, value]) => [document.getElementById(id), value]).filter(([one]) => one);
    found.forEach(([one, value]) => { one[typeof value === "boolean" ? "checked" : "value"] = value; });
    return found.length;
  }

  function putBack(fields) {
    const notice = document.getElementById("put-back");
    if (fill(fields) && notice) notice.hidden = false;
  }
})();
