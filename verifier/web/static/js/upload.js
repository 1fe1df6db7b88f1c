// Upload with drag and drop, a list of files, progress for each, and an early word on empty or too large files.
"use strict";

(() => {
  const form = document.getElementById("upload");
  const input = document.getElementById("file");
  const drop = document.getElementById("drop");
  const list = document.getElementById("files");
  const spoken = document.getElementById("spoken");
  const words = form.dataset;
  const limit = Number(words.limit);
  const count = Number(words.count);
  let rows = [];
  let busy = false;

  const word = (key) => words[key.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())];
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const say = (text) => { spoken.textContent = text; };

  form.classList.add("scripted");
  document.querySelectorAll(".js-only").forEach((one) => { one.hidden = false; });

  function sizeText(size) {
    if (size < 1000) return `${size} byte`;
    const [value, unit] = size < 1e6 ? [size / 1e3, "kB"] : [size / 1e6, "MB"];
    return `${value.toFixed(1).replace(".", words.comma)} ${unit}`;
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  function fault(file) {
    if (file.size === 0) return word("state-empty");
    if (file.size > limit) return fill(word("state-large"), { size: words.size });
    return "";
  }

  function add(files) {
    for (const file of files) {
      if (rows.length >= count) {
        say(fill(word("too-many"), { count }));
        break;
      }
      rows.push(row(file));
    }
    show();
  }

  function row(file) {
    const made = { file, fault: fault(file), node: element("li", "") };
    made.state = element("span", made.fault ? "state error-text" : "state", made.fault || word("state-ready"));
    made.bar = element("progress", "");
    made.bar.max = 100;
    made.bar.hidden = true;
    made.bar.setAttribute("aria-label", file.name);
    made.button = element("button", "link-button", word("remove"));
    made.button.type = "button";
    made.button.append(element("span", "aside-text", `: ${file.name}`));
    made.button.addEventListener("click", () => { drop_row(made); });
    const action = element("span", "do");
    action.append(made.button);
    made.action = action;
    const state = element("span", "state");
    state.append(made.state, made.bar);
    made.node.append(element("span", "name", file.name), element("span", "meta", sizeText(file.size)), state, action);
    if (made.fault) say(`${file.name}: ${made.fault}`);
    return made;
  }

  function drop_row(gone) {
    rows = rows.filter((one) => one !== gone);
    show();
    input.focus();
  }

  function show() {
    list.replaceChildren(...rows.map((one) => one.node));
    document.getElementById("chosen").hidden = rows.length === 0;
  }

  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });

  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (!busy) add(event.dataTransfer.files);
  });

  form.addEventListener("submit", async (event) => {
    if (rows.length === 0) return; // the server answers in words
    event.preventDefault();
    if (busy) return;
    const ready = rows.filter((one) => !one.fault && !one.address);
    if (ready.length === 0) {
      say(rows[0].fault);
      return;
    }
    busy = true;
    form.querySelector("[type=submit]").disabled = true;
    ready.forEach((one) => {
      one.button.hidden = true;
      one.state.textContent = word("state-waiting");
    });
    for (const one of ready) await send(one);
    busy = false;
    form.querySelector("[type=submit]").disabled = false;
    leave();
  });

  function send(one) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      const body = new FormData(form);
      body.set("file", one.file, one.file.name);
      request.open("POST", form.action);
      request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
      if (body.has("csrf_token")) request.setRequestHeader("X-CSRFToken", body.get("csrf_token"));
      one.bar.hidden = false;
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        one.bar.value = (100 * event.loaded) / event.total;
        one.state.textContent = fill(word("state-sending"), { percent: Math.round(one.bar.value) });
      });
      request.addEventListener("load", () => {
        taken(one, request);
        resolve();
      });
      request.addEventListener("error", () => {
        refused(one, word("state-broken"));
        resolve();
      });
      request.send(body);
    });
  }

  function taken(one, request) {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch { /* an error page: the status tells enough */ }
    if (!answer.address) {
      refused(one, answer.error || fill(word("state-refused"), { status: request.status }));
      return;
    }
    one.address = answer.address;
    one.token = answer.token;
    one.bar.hidden = true;
    one.state.textContent = word("state-received");
    const link = element("a", "", word("see-result"));
    link.href = one.address;
    one.action.replaceChildren(link);
  }

  function refused(one, text) {
    one.bar.hidden = true;
    one.button.hidden = false;
    one.state.className = "error-text";
    one.state.textContent = text;
    say(`${one.file.name}: ${text}`);
  }

  // One file: to its result. Several: to the list of them. A file with a fault keeps its words on this page.
  function leave() {
    if (rows.some((one) => !one.address)) return;
    if (rows.length === 1) {
      location.assign(rows[0].address);
    } else {
      location.assign(`${form.action}?${new URLSearchParams(rows.map((one) => ["t", one.token]))}`);
    }
  }
})();
