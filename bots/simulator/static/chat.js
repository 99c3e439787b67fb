// The conversation: bubbles as the platform draws them, day separators, delivery marks, buttons that work.

import { byId, el, heard, icon } from "./dom.js";
import { drawGhosts } from "./ghosts.js";
import { day, named, say, time } from "./words.js";

const TOGETHER = 60_000; // ms: bubbles of one writer that close stand together
const LINK = /(https?:\/\/[^\s<>"«»]+)/;

let nodes = new Map();
let isAtEnd = true; // whoever scrolled up to read stays where they are
let height = 0; // of the log, to tell a person's scrolling from a layout that moved

byId("talk").addEventListener("scroll", ({ target }) => {
  if (target.clientHeight === height) isAtEnd = target.scrollHeight - target.scrollTop - height < 80;
}, { passive: true });
new ResizeObserver(stay).observe(byId("talk"));

function stay() {
  const talk = byId("talk");
  height = talk.clientHeight;
  if (isAtEnd) talk.scrollTop = talk.scrollHeight;
}

/** Forget the conversation on screen. */
export function clearTalk() {
  nodes = new Map();
  isAtEnd = true;
  byId("talk").replaceChildren();
}

/**
 * Bring the log in line with `messages` (Map by id). What is there already is changed in place, so that a screen
 * reader hears new messages only. `happened` tells of those that did not get here; returns whether there are any. `scene` has person, chat, shop and the functions to call on a tap.
 */
export function drawTalk(messages, happened, scene) {
  const talk = byId("talk");
  const ordered = [...messages.values()].sort((one, other) => one.id - other.id);
  let before = null;
  for (const message of ordered) {
    if (!nodes.has(message.id)) append(talk, message, before, scene);
    before = message;
  }
  ordered.forEach((message, index) => refresh(message, ordered[index + 1], scene));
  const isHeldUp = drawGhosts(happened, messages, nodes, scene);
  stay();
  return isHeldUp;
}

/** Dots while the shop is at it. */
export function drawTyping(isOn, shop) {
  const talk = byId("talk");
  const there = talk.querySelector(".typing");
  if (!isOn) return there?.remove();
  if (!there) {
    talk.append(el("p", { class: "line theirs typing" },
      el("span", { class: "bubble dots" }, el("i"), el("i"), el("i"), heard(say("chat.typing", { shop })))));
    stay();
  }
  return null;
}

/** What stands in an empty conversation. */
export function drawEmpty(scene, isKnown) {
  const talk = byId("talk");
  const { person, chat, shop } = scene;
  const place = { name: person.name, channel: say(`channel.${chat.channel}`), shop };
  talk.replaceChildren(el("div", { class: "empty" },
    el("span", { class: "empty-mark" }, icon("coffee")),
    el("h2", {}, say("chat.empty")),
    person.story ? el("p", {}, named(person.story)) : null,
    el("p", {}, say(isKnown ? "chat.empty.known" : "chat.empty.unknown", place)),
    isKnown ? null : el("button", { type: "button", class: "button", click: scene.start }, say(`chat.start.${chat.channel}`, place))));
}

/** What a bubble says, in a few words. */
export function gist(message) {
  const { body } = message;
  if (body.contact) return say("bubble.contact", { phone: spaced(body.contact) });
  if (body.sticker) return say("bubble.sticker");
  return body.text || body.title || (body.cards || []).map(({ title }) => title).join(" · ");
}

/** `0903 215 748` of `+84903215748`. */
export function spaced(phone) {
  const digits = phone.startsWith("+84") ? `0${phone.slice(3)}` : phone;
  return digits.replace(/^(\d{4})(\d{3})(\d+)$/, "$1 $2 $3");
}

function append(talk, message, before, scene) {
  talk.querySelector(".empty")?.remove();
  talk.querySelector(".typing")?.remove();
  if (!before || day(before.at) !== day(message.at)) talk.append(el("p", { class: "day" }, el("span", {}, day(message.at))));
  const node = isNote(message) ? note(message, scene) : line(message, scene);
  nodes.set(message.id, node);
  talk.append(node);
  isAtEnd ||= message.mine; // whoever writes wants to see it
}

const isNote = ({ body }) => Boolean(body.started || body.left);

function note(message, { person, chat, shop }) {
  const key = message.body.left ? "bubble.left" : `bubble.started.${chat.channel}`;
  return el("p", { class: "note" },
    el("span", {}, say(key, { name: person.name, shop })), el("span", { class: "meta" }));
}

function line(message, scene) {
  const side = message.mine ? "mine" : "theirs";
  const who = heard(`${say(message.mine ? "chat.me" : "chat.them", { name: scene.person.name, shop: scene.shop })}: `);
  const row = message.body.cards ? cards(message, scene) : null;
  return el("div", { class: `line ${side} on-${scene.chat.channel}` }, who, isBare(message) ? null : bubble(message, scene), row, replies(message, scene),
    el("p", { class: "meta" }));
}

function bubble(message, scene) {
  const { body } = message;
  if (body.sticker) return el("div", { class: "bubble sticker" }, icon("thumb-up"), heard(say("bubble.sticker")));
  if (body.contact) return el("div", { class: "bubble contact" }, icon("id"), el("span", {}, gist(message)));
  return el("div", { class: body.template ? "bubble template" : "bubble" },
    body.template ? el("p", { class: "template-mark" }, icon("shield-check"), say("bubble.template")) : null,
    body.image ? picture(body.image) : null,
    body.title ? el("p", { class: "bubble-title" }, body.title) : null,
    body.text ? el("p", { class: "words" }, linked(body.text)) : null,
    body.rows?.length ? el("dl", { class: "rows" }, body.rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))) : null,
    body.once ? null : card(message, scene));
}

/** Nothing but a row of cards: no bubble beside it. */
const isBare = ({ body }) => Boolean(body.cards) && !body.text && !under(body).length;

/** Buttons that belong to no card, with their numbers. */
function under(body) {
  const taken = new Set((body.cards || []).flatMap(({ taps }) => taps));
  return (body.buttons || []).map((button, index) => ({ button, index })).filter(({ index }) => !taken.has(index));
}

/** Cards side by side, each with its own taps; on Zalo one below the other, as its list shows them. */
function cards(message, scene) {
  const { body } = message;
  const tap = (index) => tappable(body.buttons[index], () => scene.tap(message, index));
  return el("ul", { class: "cards", tabindex: "0", "aria-label": say("bubble.cards") }, body.cards.map((one) =>
    el("li", { class: "card" },
      one.image ? picture(one.image) : null,
      el("p", { class: "bubble-title" }, one.title),
      one.subtitle ? el("p", { class: "card-words" }, one.subtitle) : null,
      one.taps.map(tap))));
}

/** Only pictures of this very shop, or sent up by it, are shown; others stay links, for a page must not call strangers. */
function picture(address) {
  const { pathname } = URL.canParse(address, location.href) ? new URL(address, location.href) : {};
  if (["/media/", "/simulator/media/"].some((place) => pathname?.startsWith(place))) return el("img", { class: "picture", src: pathname, alt: say("bubble.picture") });
  return el("p", { class: "words" }, linked(address));
}

function linked(text) {
  return text.split(LINK).map((part, index) => (index % 2 ? anchor(part) : part));
}

function anchor(address) {
  return el("a", { href: address, target: "_blank", rel: "noreferrer noopener" }, address);
}

/** Zalo's buttons: a list under the words, there to stay. */
function card(message, scene) {
  const buttons = under(message.body);
  if (message.mine || !buttons.length) return null;
  return el("ul", { class: "card-buttons" }, buttons.map(({ button, index }) => el("li", {}, tappable(button, () => scene.tap(message, index)))));
}

/** Messenger's quick replies: pills that go with the first tap. */
function replies(message, scene) {
  const buttons = message.body.buttons || [];
  if (message.mine || !message.body.once || !buttons.length) return null;
  return el("ul", { class: "replies" }, buttons.map((button, index) => el("li", {}, tappable(button, () => scene.tap(message, index)))));
}

function tappable(button, tap) {
  const title = button.title || say("bubble.share");
  if (button.kind === "link" && /^https?:/.test(button.url)) {
    return el("a", { class: "tap", href: button.url, target: "_blank", rel: "noreferrer noopener" }, title, icon("external-link"));
  }
  if (button.kind === "call") return el("button", { type: "button", class: "tap", disabled: true }, icon("phone"), title);
  return el("button", { type: "button", class: "tap", click: tap }, button.kind === "contact" ? icon("id") : null, title);
}

/** The mark under a bubble, whether it closes its group, and whether its quick replies are still there. */
function refresh(message, next, { channelName }) {
  const node = nodes.get(message.id);
  const isLast = !next;
  const isTogether = next && !isNote(next) && next.mine === message.mine && next.at - message.at < TOGETHER;
  node.classList.toggle("together", Boolean(isTogether) && !isTroubled(message));
  const pills = node.querySelector(".replies");
  if (pills) pills.hidden = Boolean(message.body.spent) || !isLast;
  const place = node.querySelector(".meta");
  const key = `${message.state} ${message.note}`;
  if (!place || place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(...meta(message, channelName));
}

const isTroubled = (message) => message.mine && (message.state === "refused" || message.note !== "");

function meta(message) {
  if (!message.mine) {
    const [name, key] = message.state === "seen" ? ["checks", "mark.seen"] : ["check", "mark.delivered"];
    return [time(message.at), icon(name), heard(say(key))];
  }
  const status = message.note === "unreachable" ? say("mark.unreachable") : message.note;
  if (message.state === "refused") return [el("span", { class: "trouble" }, icon("alert-triangle"), say("mark.refused", { status }))];
  if (message.state === "waiting" && message.note) {
    return [el("span", { class: "trouble" }, icon("alert-triangle"), say("mark.retrying", { status }))];
  }
  const [name, key] = message.state === "accepted" ? ["check", "mark.accepted"] : ["clock", "mark.waiting"];
  return [time(message.at), icon(name), heard(say(key))];
}
