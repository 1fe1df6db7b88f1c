// A form that was sent when the session had ended is not lost: what was typed is kept in this tab while the same
// person signs in again, and put back where it stood. Never passwords, files or hidden fields.
"use strict";

(() => {
  const KEY = "kept";
  const LEFT_OUT = ["hidden", "password", "file", "submit", "button"];
  const person = document.documentElement.dataset.person || "";
  const kept = JSON.parse(sessionStorage.getItem(KEY) || "null");

  if (!person && kept) {
    sessionStorage.setItem(KEY, JSON.stringify({ ...kept, signing: true }));
    return;
  }
  sessionStorage.removeItem(KEY);
  if (kept && kept.signing && kept.person === person && kept.page === location.pathname) putBack(kept.fields);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!person || form.method !== "post" || !form.closest(".desk")) return;
    const fields = [...form.elements].filter((one) => one.id && one.name && !LEFT_OUT.includes(one.type));
    const told = fields.map((one) => [one.id, ["checkbox", "radio"].includes(one.type) ? one.checked : one.value]);
    sessionStorage.setItem(KEY, JSON.stringify({ person, page: location.pathname, fields: told }));
  });

  function putBack(fields) {
    const found = fields.map(([id, value]) => [document.getElementById(id), value]).filter(([one]) => one);
    found.forEach(([one, value]) => { one[typeof value === "boolean" ? "checked" : "value"] = value; });
    const notice = document.getElementById("put-back");
    if (found.length && notice) notice.hidden = false;
  }
})();
