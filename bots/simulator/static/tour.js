// Three steps for newcomers: a customer asks, the cashier awards, the customer sees it. Doing it oneself counts too.

import { byId, el, icon } from "./dom.js";
import { say } from "./words.js";

const STEPS = [
  { who: "lan", why: "points", does: /\S/ },
  { who: "thu", why: "award", does: /^\s*\/(tich|tích|award)/i },
  { who: "lan", why: null, does: null },
];
const CHANNEL = "zalo";
const SEEN = "kq-tour";

let at = localStorage.getItem(SEEN) ? null : 0; // the step, STEPS.length when done, null when put away
let began = Date.now();
let isWaiting = false;
let drawn = "";

export function openTour() {
  at = 0;
  began = Date.now();
  isWaiting = false;
}

function closeTour() {
  at = null;
  localStorage.setItem(SEEN, "seen");
}

/** Go on when the step at hand was done, and draw. `scene` has find, current, messages, play and redraw. */
export function drawTour(scene) {
  const place = byId("tour");
  if (at === null || !STEPS.every((step) => scene.find(step.who)?.chats[CHANNEL])) {
    place.hidden = true;
    drawn = "";
    return;
  }
  if (at < STEPS.length && isDone(STEPS[at], scene)) advance();
  const shown = `${at} ${isWaiting} ${document.documentElement.lang}`;
  if (shown === drawn) return;
  drawn = shown;
  place.hidden = false;
  place.replaceChildren(...card(scene));
}

function advance() {
  at += 1;
  began = Date.now();
  isWaiting = false;
}

/** Whether the person of a step, in this very chat and since the step began, wrote what it asks and was answered. */
function isDone(step, { current, messages }) {
  if (current.person?.key !== step.who || current.chat?.channel !== CHANNEL) return false;
  if (!step.does) return true;
  const asked = [...messages.values()].find((message) => message.mine && message.at > began && step.does.test(message.body.text ?? ""));
  return Boolean(asked) && [...messages.values()].some((message) => !message.mine && message.id > asked.id);
}

function card(scene) {
  const isOver = at === STEPS.length;
  const step = STEPS[Math.min(at, STEPS.length - 1)];
  const name = scene.find(step.who).name;
  return [
    el("p", { class: "tour-count" }, isOver ? say("tour.title") : say("tour.step", { n: at + 1 }), dots()),
    el("p", { class: "tour-words" }, isOver ? say("tour.done") : say(`tour.${at + 1}`, { name })),
    el("p", { class: "tour-actions" }, isOver ? null : action(step, name, scene),
      el("button", { type: "button", class: isOver ? "button" : "quiet", click: () => { closeTour(); scene.redraw(); } }, say(isOver ? "tour.close" : "tour.skip"))),
  ];
}

function action(step, name, scene) {
  if (isWaiting) return el("span", { class: "faint" }, say("tour.wait"));
  const label = say(`tour.do.${at + 1}`, { name, text: step.why === "points" ? "điểm" : "/tich …" });
  return el("button", { type: "button", class: "button", click: () => take(step, scene) }, label);
}

async function take(step, scene) {
  isWaiting = step.why !== null;
  scene.redraw();
  const went = await scene.play(step.who, CHANNEL, step.why);
  if (!went) isWaiting = false;
  scene.redraw();
}

function dots() {
  return el("span", { class: "tour-dots", "aria-hidden": "true" },
    STEPS.map((_, index) => (index < at ? icon("check") : el("i", { class: index === at ? "here" : null }))));
}
