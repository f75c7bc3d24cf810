"use strict";

// Messages are toasts: they stay until somebody dismisses them, since who reads
// slowly must not lose one (WCAG 2.2, success criterion 2.2.1).
const region = document.querySelector(".messages");
region.classList.add("toasts");

function dismissible(flash) {
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", "Dismiss: " + flash.querySelector("span").textContent);
  close.addEventListener("click", () => {
    const next = flash.nextElementSibling ?? flash.previousElementSibling;
    flash.remove();
    (next?.querySelector("button") ?? document.querySelector("h1")).focus();
  });
  flash.append(close);
  return flash;
}

// A screen reader announces what is put into a live region, and not what was in
// it when the page came. So the regions are emptied and filled again.
function announce(live, flashes) {
  live.replaceChildren();
  setTimeout(() => live.replaceChildren(...flashes.map(dismissible)), 100);
}

document.querySelector("h1").tabIndex = -1; // to go to when the last is dismissed
for (const live of region.querySelectorAll("[role]")) {
  announce(live, [...live.children]);
}

// What htmx does with hx-swap-oob="innerHTML": the content of each element goes
// into the element of the same id.
async function swap(form) {
  const answer = await fetch(form.action, { method: "POST", headers: { "HX-Request": "true" } });
  const fragment = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of fragment.querySelectorAll("[hx-swap-oob]")) {
    announce(document.getElementById(part.id), [...part.children]);
  }
}

async function save(form) {
  const answer = await fetch(form.action, { method: "POST" });
  const { messages } = await answer.json();
  const shown = messages.map(({ category, text }) => {
    const flash = document.createElement("div");
    flash.className = "flash " + category;
    const kind = document.createElement("strong");
    kind.textContent = category;
    const words = document.createElement("span");
    words.textContent = text; // never innerHTML
    flash.append(kind, " ", words, " ");
    return flash;
  });
  announce(document.getElementById("alerts"), shown.filter((f) => f.classList.contains("error")));
  announce(document.getElementById("news"), shown.filter((f) => !f.classList.contains("error")));
}

for (const [marked, send] of [["data-fragment", swap], ["data-json", save]]) {
  for (const form of document.querySelectorAll(`form[${marked}]`)) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form).catch(() => form.submit()); // as without a script
    });
  }
}
