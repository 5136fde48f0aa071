// Keeps the counts of replies fresh. When they change, the lists are fetched anew unless somebody is typing.
(() => {
  "use strict";
  const box = document.getElementById("now");
  if (!box) return;
  const EVERY = 10_000;
  const isBusy = () =>
    document.querySelector("details[open]") !== null || document.activeElement?.closest("form") != null;
  const count = (root) => root.querySelector("#reply-count")?.textContent ?? "";
  async function look() {
    if (document.hidden) return;
    const answer = await fetch(box.dataset.live, { credentials: "same-origin" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (count(fresh) === count(box)) return;
    if (isBusy()) box.replaceChildren(...fresh.body.childNodes);
    else location.reload();
  }
  // A look that fails is made again at the next beat.
  setInterval(() => look().catch(() => {}), EVERY);
})();
