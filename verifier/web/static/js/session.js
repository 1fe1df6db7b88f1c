// Two minutes before the session ends: say so, and let it be extended. Without this script it simply ends.
"use strict";

(() => {
  const bar = document.getElementById("ending");
  const told = document.getElementById("session-told");
  const text = document.getElementById("ending-text");
  const [extend, enter] = [bar.querySelector("button"), bar.querySelector("a")];
  let timers = [];

  function say(words) {
    text.textContent = words;
    told.textContent = words;
  }

  function count(seconds) {
    timers.forEach(clearTimeout);
    timers = [setTimeout(soon, Math.max(0, seconds - 120) * 1000), setTimeout(over, seconds * 1000)];
  }

  function soon() {
    bar.hidden = false;
    say(bar.dataset.soon);
  }

  function over() {
    extend.hidden = true;
    enter.hidden = false;
    bar.hidden = false;
    say(bar.dataset.over);
  }

  bar.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(bar.action, {
      method: "POST", body: new FormData(bar), headers: { "X-Requested-With": "XMLHttpRequest" },
    }).catch(() => null);
    const seconds = answer && Number(answer.headers.get("X-Session-Seconds"));
    if (!seconds) return over();
    bar.hidden = true;
    told.textContent = bar.dataset.done;
    count(seconds);
  });

  count(Number(bar.dataset.seconds));
})();
