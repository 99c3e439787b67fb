// Messages of the shop that are not in the chat: still waiting, or dropped, each with its reason.

import { byId, el, heard, icon } from "./dom.js";
import { knows, say, time } from "./words.js";

const PATIENCE = 2500; // ms: what goes out at once never shows up here
const RECENT = 24 * 3600_000; // ms
const MOST = 5;

let shown = "";

/**
 * Put them between the bubbles where they belong; `happened` is what the shop did, newest first. What is there already
 * stays. Returns whether there are any.
 */
export function drawGhosts(happened, messages, nodes, scene) {
  const talk = byId("talk");
  const missing = happened.filter(isMissing).slice(0, MOST);
  const key = JSON.stringify([missing.map(({ row, state, error }) => [row, state, error]), [...messages.keys()], document.documentElement.lang]);
  if (key === shown && talk.querySelectorAll(".ghost").length === missing.length) return missing.length > 0;
  shown = key;
  for (const old of talk.querySelectorAll(".ghost")) old.remove();
  const ordered = [...messages.values()].sort((one, other) => one.id - other.id);
  for (const item of missing) {
    const later = ordered.find((message) => message.at > Date.parse(item.at) + PATIENCE && nodes.has(message.id));
    talk.insertBefore(ghost(item, scene), later ? nodes.get(later.id) : talk.querySelector(".typing"));
  }
  return missing.length > 0;
}

function isMissing(item) {
  const age = Date.now() - Date.parse(item.at);
  if (item.kind !== "message" || item.state === "sent" || age > RECENT) return false;
  return !["waiting", "sending"].includes(item.state) || age > PATIENCE;
}

function ghost(item, scene) {
  const isWaiting = item.state === "waiting" || item.state === "sending";
  const name = isWaiting ? "clock" : "alert-triangle";
  return el("div", { class: `line theirs ghost on-${scene.chat.channel}` },
    heard(say("ghost.heard", { shop: scene.shop })),
    item.text ? el("div", { class: "bubble" }, el("p", { class: "words" }, item.text)) : null,
    el("p", { class: isWaiting ? "meta fate" : "meta fate trouble" }, icon(name), el("span", {}, `${time(item.at)} · ${fate(item, scene)}`)));
}

function fate(item, { channelName }) {
  const values = { channel: channelName, code: item.error ?? "" };
  if (item.state === "waiting" || item.state === "sending") {
    if (!item.error) return say("ghost.waiting", values);
    return say(/^(connect|timeout|connection|broken|http.5\d\d|certificate)$/.test(item.error) ? "ghost.no_answer" : "ghost.again", values);
  }
  const reason = item.reason && knows(`reason.${item.reason}`) ? say(`reason.${item.reason}`) : item.reason || "";
  const key = item.state === "unknown" ? "ghost.unknown" : item.error ? "ghost.dropped.code" : "ghost.dropped";
  return say(key, { ...values, reason });
}
