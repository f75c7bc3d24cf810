"use strict";
// The page reports what it shows, and does what the test says: so a browser needs no driver, and
// behaves as it does for its user.
let view, reports = 0;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function report() {
  const body = JSON.stringify({
    ...view,
    report: ++reports,
    page: location.pathname,
    served: performance.getEntriesByType("navigation")[0]?.deliveryType ?? "",
    messages: Array.from(document.querySelectorAll(".flash, [role=status], [role=alert]"), (e) => e.textContent.trim()),
    text: document.body.innerText,
  });
  for (;;) {
    try {
      return await fetch("/test/seen", { method: "POST", body });
    } catch {
      await pause(50); // a navigation that was stopped, or a connection that broke, took it along
    }
  }
}

async function obey() {
  for (;;) {
    let order;
    try {
      order = await (await fetch("/test/order", { cache: "no-store" })).json();
    } catch {
      await pause(50); // a navigation that was stopped took the request along
      continue;
    }
    if (order.leaves) {
      setTimeout(() => (0, eval)(order.script)); // the next page reports, and obeys from then on
      return;
    }
    await (0, eval)(`(async () => {${order.script}})()`);
    await report();
  }
}

addEventListener("pageshow", async (event) => {
  view = { id: Math.random(), fromCache: event.persisted, prerendered: document.prerendering ?? false };
  if (document.prerendering) {
    await new Promise((shown) => document.addEventListener("prerenderingchange", shown, { once: true }));
  }
  await report();
  obey();
});
