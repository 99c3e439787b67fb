// How the chat's platform behaves: working, refusing, slow, not there, its token ended; and what the shop makes of it.

import { post } from "./api.js";
import { byId, el, icon } from "./dom.js";
import { knows, say } from "./words.js";

const KINDS = ["working", "refusing", "slow", "down", "expired"];
const REFUSALS = ["window", "person", "rate", "content", "token"];
const SECONDS = [2, 5, 15];

let isOpen = false;
let shown = "";

/** Open or close the panel; `redraw` draws it. */
export function togglePanel(redraw) {
  isOpen = !isOpen;
  redraw();
  if (isOpen) byId("platform").querySelector("button")?.focus();
}

/** Draw the panel, or only a line where the platform misbehaves. `attempt` runs a call and tells what went wrong. */
export function drawPlatform(platform, channel, attempt, refresh, redraw) {
  const place = byId("platform");
  const key = JSON.stringify([platform, channel, isOpen, document.documentElement.lang]);
  byId("open-platform").setAttribute("aria-expanded", String(isOpen));
  if (key === shown) return;
  shown = key;
  const isQuiet = !platform || (platform.mood.kind === "working" && !platform.shop.stopped && !platform.shop.down);
  place.hidden = !platform || (!isOpen && isQuiet);
  if (place.hidden) return place.replaceChildren();
  const change = async (asked) => {
    if (await attempt(() => post(`moods/${channel}`, asked))) await refresh();
  };
  place.replaceChildren(...(isOpen ? panel(platform, channel, change, redraw) : line(platform, channel, redraw)));
  return null;
}

function line(platform, channel, redraw) {
  return [el("button", { type: "button", class: "mood-line", click: () => togglePanel(redraw) },
    icon("alert-triangle"), el("span", {}, told(platform, channel)))];
}

function panel({ mood, shop }, channel, change, redraw) {
  const name = say(`channel.${channel}`);
  return [
    el("p", { class: "mood-head" }, el("strong", {}, say("platform.title", { channel: name })),
      el("button", { type: "button", class: "quiet mood-close", click: () => togglePanel(redraw) }, icon("x"), el("span", { class: "only-heard" }, say("story.close")))),
    chips(KINDS, mood.kind, (kind) => say(`mood.${kind}`), (kind) => change({ kind })),
    mood.kind === "refusing" ? chips(REFUSALS, mood.what, (what) => say(`refusal.${what}`), (what) => change({ kind: "refusing", what })) : null,
    mood.kind === "slow" ? chips(SECONDS, mood.seconds, (n) => say("mood.seconds", { n }), (seconds) => change({ kind: "slow", seconds })) : null,
    el("p", { class: "mood-told" }, told({ mood, shop }, channel)),
    shop.stopped ? el("p", { class: "mood-told" }, el("a", { href: "/console/channels" }, say("shop.resume"))) : null,
  ].filter(Boolean);
}

function chips(values, chosen, name, choose) {
  return el("div", { class: "mood-chips", role: "group" }, values.map((value) =>
    el("button", { type: "button", class: "mood-chip", "aria-pressed": String(value === chosen), click: () => choose(value) }, name(value))));
}

/** What the platform does, then how that looks from the shop. */
function told({ mood, shop }, channel) {
  const values = { channel: say(`channel.${channel}`), n: mood.seconds, what: mood.what ? say(`refusal.${mood.what}`) : "" };
  const expired = mood.kind === "expired" ? `mood.expired.${channel}` : `mood.${mood.kind}.why`;
  const fate = shop.stopped ? say(knows(`stopped.${shop.stopped}`) ? `stopped.${shop.stopped}` : "shop.stopped", { code: shop.stopped })
    : shop.down ? say("shop.down") : "";
  const queue = shop.waiting ? say("shop.waiting", { n: shop.waiting }) : "";
  return [say(expired, values), fate, queue].filter(Boolean).join(" ");
}
