// «What happened»: who the person is to the shop, and each thing the shop did, told as it happened.

import { byId, el, icon } from "./dom.js";
import { gist } from "./chat.js";
import { clock, date, isToday, knows, money, named, number, say, signed, until } from "./words.js";

const ASIDE = 15_000; // ms: what the shop did by itself within this time belongs together

/** Draw everything beside the chat. `messages` tell what the person did for each event. */
export function drawStory(beside, messages, scene) {
  byId("standing").replaceChildren(standing(beside.standing, scene));
  const turns = group(beside.happened, messages, beside.standing.is === "staff");
  const list = turns.length ? turns.reverse().map((turn) => drawTurn(turn, scene)) : [el("li", { class: "hint" }, say("story.empty"))];
  byId("turns").replaceChildren(...list);
}

/** Rows in the order they came, gathered under what the person did, or under what the shop did by itself. */
export function group(happened, messages, isStaff) {
  const turns = [];
  let own = null;
  for (const item of inOrder(happened, [...messages.values()].filter((message) => message.mine))) {
    if (item.kind === "event") {
      own = { item, message: item.message, steps: [] };
      turns.push(own);
    } else if (own && belongs(item, isStaff)) {
      own.steps.push(item);
    } else {
      aside(turns, item).steps.push(item);
    }
  }
  return turns;
}

/** Oldest first. An event stands where the person acted, for what it led to is dated so as well. */
function inOrder(happened, mine) {
  const placed = happened.map((item) => {
    const message = item.kind === "event" ? messageOf(item, mine) : null;
    return { ...item, message, moment: message ? message.at : Date.parse(item.at) };
  });
  return placed.sort((one, other) => one.moment - other.moment || one.order - other.order || one.row - other.row);
}

/** By the platform's id, or for what has none, by the time. */
function messageOf(item, mine) {
  const received = Date.parse(item.at);
  return mine.find((message) => message.mid === item.mid)
    ?? mine.find(({ at, body }) => Math.abs(at - received) < 3000 && (body.started || body.left || body.contact))
    ?? null;
}

/** A customer's points come from the counter, a notice from the shop: neither is the answer to what they wrote. */
function belongs(item, isStaff) {
  if (item.kind === "message") return item.lane === "reply";
  if (isStaff || item.own) return true;
  return !(item.kind === "points" || (item.kind === "activity" && item.what === "tier"));
}

function aside(turns, item) {
  const last = turns[turns.length - 1];
  if (last && !last.item && new Date(item.at) - new Date(last.steps[0].at) < ASIDE) return last;
  const turn = { item: null, message: null, steps: [] };
  turns.push(turn);
  return turn;
}

function standing(who, { person, chat }) {
  if (who.is === "nobody") {
    return el("div", { class: "standing" }, el("p", { class: "standing-name" }, say("story.nobody")), el("p", { class: "faint" }, say("story.nobody.why")));
  }
  if (who.is === "staff") {
    return el("div", { class: "standing" },
      el("p", { class: "standing-name" }, who.name, " ", el("span", { class: "chip chip-staff" }, say(`role.${who.role}`))),
      el("p", { class: "faint" }, say("story.staff.why")));
  }
  return el("div", { class: "standing" },
    el("p", { class: "standing-name" }, who.name || person.name, " ",
      who.joined ? el("span", { class: `chip tier-${who.tier}` }, named(who.tier_names)) : el("span", { class: "chip" }, say("people.not_joined"))),
    el("p", { class: "big" }, el("strong", {}, number(who.points)), " ", say("story.points")),
    progress(who),
    el("ul", { class: "facts" }, facts(who).map(([name, text]) => el("li", {}, icon(name), el("span", {}, text)))));
}

function progress(who) {
  if (!who.joined) return null;
  if (!who.next_tier) return el("p", { class: "faint" }, say("story.top"));
  const { counted, missing, said } = who.next_tier;
  const bar = el("progress", { max: counted + missing, value: counted, "aria-hidden": "true" });
  return el("div", { class: "progress" }, bar, el("p", { class: "faint" }, named(said)));
}

function facts(who) {
  const left = who.window_until ? until(who.window_until) : "";
  const phone = who.phone ? say(`story.phone.${["claimed", "shared", "staff"].includes(who.phone_proof) ? who.phone_proof : "other"}`, { phone: who.phone }) : say("story.phone.none");
  return [
    ["phone", phone],
    ["shield-check", say(who.promotion ? "story.promotion.yes" : "story.promotion.no")],
    ["clock", left ? say("story.window.open", { left }) : say("story.window.closed")],
    ...(who.expiring ? [["coin", say("story.expiring", { points: number(who.expiring.points), date: date(who.expiring.on) })]] : []),
  ];
}

function drawTurn(turn, scene) {
  const first = turn.item ?? turn.steps[0];
  const steps = [...(turn.item ? arrival(turn, scene) : []), ...turn.steps.map((item) => step(item, scene))].filter(Boolean);
  return el("li", { class: turn.item ? "turn" : "turn turn-aside" },
    el("header", { class: "turn-head" },
      el("h3", {}, title(turn, scene)), el("time", { datetime: first.at }, moment(first.at))),
    el("ol", { class: "steps" }, steps),
    turn.item && turn.message ? again(turn, scene) : null);
}

function title(turn, { person }) {
  if (!turn.item) return asideTitle(turn);
  const body = turn.message?.body;
  const name = person.name;
  if (!body) return say("turn.event", { name: turn.item.name });
  if (body.started) return say("turn.started", { name });
  if (body.left) return say("turn.left", { name });
  if (body.contact) return say("turn.contact", { name });
  if (body.sticker) return say("turn.sticker", { name });
  return say("turn.text", { name, text: gist(turn.message) });
}

function asideTitle(turn) {
  const points = turn.steps.find((item) => item.kind === "points");
  if (points) return points.by ? say("turn.counter.by", { by: points.by }) : say("turn.counter");
  const lane = turn.steps.find((item) => item.kind === "message")?.lane;
  if (lane) return say(lane === "promotion" ? "turn.promotion" : "turn.notice");
  return say("turn.earlier");
}

/** What became of the event itself, and what it was taken for. */
function arrival({ item, message }, scene) {
  const values = { channel: scene.channelName, took: took(item.took), attempts: item.attempts, error: item.error ?? "" };
  const tone = item.state === "parked" ? "clay" : "leaf";
  return [
    row(item.state === "parked" ? "alert-triangle" : "bolt", tone, say(`step.event.${item.state}`, values)),
    item.attempts > 1 && item.state !== "parked" ? row("refresh", "amber", say("step.event.again", values)) : null,
    message?.understood ? row("bulb", message.understood.name ? "sky" : "amber", understood(message.understood)) : null,
  ];
}

function understood({ name, unclear }) {
  if (!name) return say("step.not_understood");
  return say(unclear ? "step.unclear" : "step.understood", { name });
}

function step(item, scene) {
  if (item.kind === "points") return points(item, scene);
  if (item.kind === "message") return sent(item, scene);
  if (item.kind === "approval") return row("clipboard-check", "amber", say(`step.approval.${item.state}`, { number: item.number }));
  if (item.kind === "audit") return row("list-details", "muted", say("step.audit", { seq: item.seq, action: knows(`audit.${item.action}`) ? say(`audit.${item.action}`) : item.action }));
  return row(item.what === "tier" ? "award" : "user", "leaf", activity(item));
}

function activity({ what, data }) {
  if (what === "tier") return say("activity.tier", { from: named(data.from_names) || data.from, to: named(data.to_names) || data.to });
  if (what === "consent" && data.purpose === "promotion") return say(`activity.consent.promotion.${data.granted ? "yes" : "no"}`);
  if (what === "consent") return say("activity.consent.programme");
  return knows(`activity.${what}`) ? say(`activity.${what}`) : say("activity.other", { what });
}

/** A movement of points with its sum, as one would work it out on paper. */
function points(item, { isStaff }) {
  const headline = isStaff && item.customer
    ? say("step.points.for", { points: signed(item.points), customer: item.customer })
    : say("step.points", { points: signed(item.points) });
  const sums = item.undoes ? [say("step.undone", { number: item.undoes })] : working(item);
  const balance = say("step.balance", { balance: number(item.balance), number: item.number });
  return el("li", { class: `step tone-${item.points < 0 ? "clay" : "amber"}` },
    icon("coin"),
    el("div", {}, el("p", { class: "earned" }, headline), [...sums, balance].map((text) => el("p", { class: "faint" }, text))));
}

function working(item) {
  if (!item.per || !item.total) return [];
  const tier = named(item.tier_names);
  const sum = item.multiplier === 1
    ? say("step.formula.plain", { total: money(item.total), tier })
    : say("step.formula", { total: money(item.total), multiplier: number(item.multiplier), tier, credit: money(item.credit) });
  const carried = item.carry_before
    ? [say(item.carry_before > 0 ? "step.carry" : "step.carry.minus", { credit: money(item.credit), before: money(Math.abs(item.carry_before)) })]
    : [];
  const result = say(item.carry > 0 ? "step.result" : "step.result.exact", { per: money(item.per), carry: money(item.carry) });
  return [sum, ...carried, result];
}

function sent(item, scene) {
  const reason = item.reason && knows(`reason.${item.reason}`) ? say(`reason.${item.reason}`) : item.reason || item.error || "";
  const values = { channel: scene.channelName, took: took(item.took), reason };
  const kind = item.state === "sent" && item.lane !== "reply" ? item.lane : "message";
  const seen = item.seen ? say("step.seen") : item.delivered ? say("step.delivered") : "";
  const tone = { sent: "leaf", failed: "clay", unknown: "amber", skipped: "amber" }[item.state] ?? "muted";
  return row("message-circle", tone, say(`step.${kind}.${item.state}`, values), seen ? el("span", { class: "seen" }, icon("checks"), seen) : null);
}

function row(name, tone, text, extra = null) {
  return el("li", { class: `step tone-${tone}` }, icon(name), el("div", {}, el("p", {}, text), extra));
}

function again({ message }, { channelName, repeat }) {
  return el("button", { type: "button", class: "again", title: say("story.repeat.why", { channel: channelName }), click: () => repeat(message) },
    icon("refresh"), say("story.repeat"));
}

const moment = (instant) => (isToday(instant) ? clock(instant) : date(instant));

/** «0,12 giây»: short, and still a number one can marvel at. */
function took(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "…";
  return say("step.s", { n: number(Math.max(0.01, Math.round(milliseconds / 10) / 100)) });
}
