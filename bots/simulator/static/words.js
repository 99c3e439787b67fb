// Every sentence of the page in both languages, and how numbers and times are written in them.

import { sentences as vi } from "./words.vi.js";
import { sentences as en } from "./words.en.js";

const LOCALES = { vi: "vi-VN", en: "en-GB" };
const books = { vi, en };

export let language = localStorage.getItem("kq-language") === "en" ? "en" : "vi";

/** The sentence `key`, its {places} filled from `values`. */
export function say(key, values = {}) {
  const sentence = books[language][key] ?? books.vi[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));
}

export const knows = (key) => key in books.vi;

export function setLanguage(chosen) {
  language = chosen;
  localStorage.setItem("kq-language", chosen);
  translate(document);
}

/** Put the chosen language into everything marked with data-say…. */
export function translate(root) {
  document.documentElement.lang = language;
  document.title = say("title");
  for (const node of root.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  for (const node of root.querySelectorAll("[data-say-label]")) node.setAttribute("aria-label", say(node.dataset.sayLabel));
  for (const node of root.querySelectorAll("[data-say-placeholder]")) node.placeholder = say(node.dataset.sayPlaceholder);
  document.getElementById("language").lang = language === "vi" ? "en" : "vi";
}

export const number = (value) => new Intl.NumberFormat(LOCALES[language]).format(value);

export const money = (value) => (language === "en" ? `${number(value)}₫` : `${number(value)}đ`);

export const signed = (value) => (value < 0 ? `−${number(-value)}` : `+${number(value)}`);

export const time = (instant) =>
  new Intl.DateTimeFormat(LOCALES[language], { hour: "2-digit", minute: "2-digit" }).format(new Date(instant));

export const clock = (instant) =>
  new Intl.DateTimeFormat(LOCALES[language], { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(instant));

export const date = (instant) =>
  new Intl.DateTimeFormat(LOCALES[language], { day: "2-digit", month: "2-digit", year: "numeric" }).format(new Date(instant));

export const isToday = (instant) => new Date(instant).toDateString() === new Date().toDateString();

/** «Hôm nay», «Hôm qua», else the date. */
export function day(instant) {
  const then = new Date(instant);
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (isToday(instant)) return say("day.today");
  if (then.toDateString() === yesterday.toDateString()) return say("day.yesterday");
  return date(instant);
}

/** «48 giờ», «35 phút»: how long until an instant; "" when it has passed. */
export function until(instant) {
  const minutes = Math.floor((new Date(instant) - Date.now()) / 60000);
  if (minutes < 1) return "";
  return minutes < 60 ? say("time.minutes", { n: minutes }) : say("time.hours", { n: Math.floor(minutes / 60) });
}

/** A name in the chosen language, of what the server gives in both. */
export const named = (names) => (names ? names[language] ?? names.vi ?? "" : "");
