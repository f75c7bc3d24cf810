"use strict";

// Messages are toasts: they stay until the visitor dismisses them, because slow readers must not lose
// one (WCAG 2.2, success criterion 2.2.1).
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
    (next?.querySelector(":scope > button") ?? document.querySelector("h1")).focus();
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

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text; // never innerHTML
  return made;
}

function toast({ category, title, text }) {
  const flash = element("div", "");
  flash.className = "flash " + category;
  const words = element("div", "");
  words.append(...(title ? [element("b", title)] : []), element("span", text));
  flash.append(element("strong", category), words);
  return flash;
}

const news = document.getElementById("news");
const alerts = document.getElementById("alerts");
document.querySelector("h1").tabIndex = -1; // to go to when the last is dismissed
announce(news, [...news.children]);
announce(alerts, [...alerts.children]);

// What htmx does with hx-swap-oob="beforeend": the content of each element is
// added to the element of the same id, whatever waits there to be dismissed.
async function swap(response) {
  const fragment = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of fragment.querySelectorAll("[hx-swap-oob]")) {
    announce(document.getElementById(part.id), [...part.children]);
  }
}

async function show(response) {
  for (const message of (await response.json()).messages) {
    announce(message.category === "error" ? alerts : news, [toast(message)]);
  }
}

async function send(form, headers, then) {
  const response = await fetch(form.action, { method: "POST", headers });
  if (!response.ok && response.status !== 422) { // 422 has messages too
    throw new Error(response.statusText);
  }
  await then(response);
}

function enhance(form, headers, then) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // The server may have done it, so the script does not send it again.
    send(form, headers, then).catch(() => announce(alerts, [toast({ category: "error", text: "The server did not answer as expected. Try again." })]));
  });
}

document.querySelectorAll("form[data-fragment]").forEach((form) => enhance(form, { "HX-Request": "true" }, swap));
document.querySelectorAll("form[data-json]").forEach((form) => enhance(form, {}, show));

// The back button may bring this page back as it was left, with messages that were seen.
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    document.querySelectorAll(".flash").forEach((flash) => flash.remove());
  }
});
