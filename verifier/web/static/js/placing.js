// The place of a mark: drag, arrows and fields move the same thing; the server says what it covers.
"use strict";

(() => {
  const sheet = document.getElementById("sheet");
  const mark = document.getElementById("mark");
  const told = document.getElementById("told");
  const home = document.getElementById("home");
  const fields = ["page", "left", "top"].map((name) => document.getElementById(name));
  const [page, left, top] = fields;
  const radios = [...document.querySelectorAll('input[name="choice"]')];
  const size = [Number(sheet.dataset.width), Number(sheet.dataset.height)];
  const comma = document.documentElement.lang === "vi";
  let room = [sheet.viewBox.baseVal.width, sheet.viewBox.baseVal.height];
  let shown = Number(sheet.dataset.page);
  let asked = 0;
  let timer = 0;

  const read = (field) => (/^\d+([.,]\d+)?$/.test(field.value.trim()) ? Number(field.value.trim().replace(",", ".")) : NaN);
  const write = (value) => String(Math.floor(value * 10 + 1e-6) / 10).replace(".", comma ? "," : ".");
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const within = (value, axis) => Math.max(0, Math.min(value, Math.floor((room[axis] - size[axis]) * 10) / 10));

  function draw() {
    const [x, y] = [read(left), read(top)];
    if (Number.isNaN(x) || Number.isNaN(y)) return;
    mark.setAttribute("transform", `translate(${x} ${y})`);
    mark.setAttribute("aria-label", fill(sheet.dataset.label, { page: shown, left: left.value, top: top.value }));
  }

  function say(look, text, items) {
    told.className = `notice ${look}`;
    told.querySelectorAll("[data-look]").forEach((one) => { one.hidden = one.dataset.look !== look; });
    told.querySelector("strong").textContent = text;
    told.querySelector("ul").replaceChildren(...items.map((item) => {
      const line = document.createElement("li");
      line.textContent = item;
      return line;
    }));
  }

  async function get(address) {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  async function check(turn) {
    const query = new URLSearchParams({ page: page.value, left: left.value, top: top.value });
    try {
      const found = await get(`${sheet.dataset.covering}?${query}`);
      if (turn === asked) say(found.look, found.said, found.items);
    } catch {
      if (turn === asked) say("open", sheet.dataset.failed, []);
    }
  }

  async function turnTo(number) {
    const found = await get(sheet.dataset.leaf.replace(/0$/, String(number)));
    if (number !== read(page)) return;
    shown = number;
    room = [found.width, found.height];
    sheet.setAttribute("viewBox", `0 0 ${found.width} ${found.height}`);
    sheet.setAttribute("width", String(Math.round(found.width)));
    sheet.setAttribute("height", String(Math.round(found.height)));
    const picture = document.getElementById("picture");
    picture.setAttribute("width", String(found.width));
    picture.setAttribute("height", String(found.height));
    picture.setAttribute("href", found.picture);
    const label = fill(sheet.dataset.pageLabel, { page: number, count: found.pages });
    picture.setAttribute("aria-label", label);
    document.getElementById("caption").textContent = label;
    document.getElementById("taken").setAttribute("d", found.taken);
  }

  // What follows a move: the page where it is another one, the mark, and a moment later what it covers.
  async function follow() {
    const turn = ++asked;
    const number = read(page);
    told.dataset.state = "waiting";
    try {
      if (number !== shown && number >= 1 && number <= Number(sheet.dataset.pages)) await turnTo(number);
    } catch {
      say("open", sheet.dataset.failed, []);
      return;
    }
    draw();
    clearTimeout(timer);
    timer = setTimeout(async () => {
      await check(turn);
      if (turn === asked) told.dataset.state = "told";
    }, 250);
  }

  function choose(value) {
    radios.forEach((one) => { one.checked = one.value === value; });
    mark.classList.toggle("away", value === "cover");
  }

  function put(x, y) {
    left.value = write(within(x, 0));
    top.value = write(within(y, 1));
    choose("by-hand");
    follow();
  }

  function take(source) {
    page.value = source.dataset.page;
    left.value = write(Number(source.dataset.left));
    top.value = write(Number(source.dataset.top));
    follow();
  }

  radios.forEach((one) => one.addEventListener("change", () => {
    choose(one.value);
    if (one.dataset.page) take(one);
  }));
  fields.forEach((one) => one.addEventListener("input", () => { choose("by-hand"); follow(); }));

  function goHome() {
    choose("proposed");
    take(home);
  }
  if (home) home.addEventListener("click", goHome);

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  mark.setAttribute("tabindex", "0");
  mark.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Home" && home) {
      event.preventDefault();
      goHome();
    }
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    const step = event.shiftKey ? 10 : 1;
    put((read(left) || 0) + arrow[0] * step, (read(top) || 0) + arrow[1] * step);
  });

  let held = null;
  const spot = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(sheet.getScreenCTM().inverse());
  mark.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const at = spot(event);
    held = [at.x - (read(left) || 0), at.y - (read(top) || 0)];
    mark.setPointerCapture(event.pointerId);
    mark.focus({ preventScroll: true });
    event.preventDefault();
  });
  mark.addEventListener("pointermove", (event) => {
    if (!held) return;
    const at = spot(event);
    put(Math.round(at.x - held[0]), Math.round(at.y - held[1]));
  });
  // a finger on the mark moves the mark, not the window
  mark.addEventListener("touchstart", (event) => { event.preventDefault(); }, { passive: false });
  ["pointerup", "pointercancel"].forEach((name) => mark.addEventListener(name, () => { held = null; }));

  document.querySelectorAll(".js-only").forEach((one) => { one.hidden = false; });
})();
