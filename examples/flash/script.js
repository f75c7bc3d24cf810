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
// it when the page came. So that is taken out, and put in again.
function announce(live, flashes) {
  flashes.forEach((flash) => flash.remove());
  setTimeout(() => live.append(...flashes.map(dismissible)), 100);
}

function toast(category, text) {
  const flash = document.createElement("div");
  flash.className = "flash " + category;
  const kind = document.createElement("strong");
  kind.textContent = category;
  const words = document.createElement("span");
  words.textContent = text; // never innerHTML
  flash.append(kind, " ", words, " ");
  return flash;
}

const news = document.getElementById("news");
const alerts = document.getElementById("alerts");
document.querySelector("h1").tabIndex = -1; // to go to when the last is dismissed
announce(news, [...news.children]);
announce(alerts, [...alerts.children]);

// What htmx does with hx-swap-oob="beforeend": the content of each element is
// added to the element of the same id, whatever waits there to be dismissed.
async function swap(answer) {
  const fragment = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of fragment.querySelectorAll("[hx-swap-oob]")) {
    announce(document.getElementById(part.id), [...part.children]);
  }
}

async function show(answer) {
  for (const { category, text } of (await answer.json()).messages) {
    announce(category === "error" ? alerts : news, [toast(category, text)]);
  }
}

async function send(form, headers, then) {
  const answer = await fetch(form.action, { method: "POST", headers });
  if (!answer.ok) {
    throw new Error(answer.statusText);
  }
  await then(answer);
}

function enhance(form, headers, then) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // It may have been done, so it is not sent again without being asked for.
    send(form, headers, then).catch(() => announce(alerts, [toast("error", "There was no good answer. Try again.")]));
  });
}

enhance(document.querySelector("form[data-fragment]"), { "HX-Request": "true" }, swap);
enhance(document.querySelector("form[data-json]"), {}, show);
