// The people one can be: customers, staff, strangers; who is who to the shop, and who has news.

import { avatar, byId, el, heard, icon } from "./dom.js";
import { named, say } from "./words.js";

let drawn = "";

/** Draw the bar from the server's answer, unless nothing changed. `choose(person)` and the rest are what to do. */
export function drawPeople(book, current, actions) {
  const shown = JSON.stringify([book, current?.key, document.documentElement.lang]);
  if (shown === drawn) return;
  drawn = shown;
  const bar = byId("people");
  const focused = bar.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  bar.replaceChildren(
    group("people.customers", book.persons.filter((person) => person.role === "customer"), current, actions),
    group("people.staff", book.persons.filter((person) => !["customer", "stranger"].includes(person.role)), current, actions),
    group("people.strangers", book.persons.filter((person) => person.role === "stranger"), current, actions, newcomers(book, actions)),
  );
  bar.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (focused) bar.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

/** The server's answer as persons, each with their chats by channel. */
export function persons(answer) {
  const known = answer.people.map((person) => ({ ...person, chats: {} }));
  const byKey = Object.fromEntries(known.map((person) => [person.key, person]));
  const strangers = [];
  for (const found of answer.chats) {
    const chat = { ...found, ...placed(found, answer) };
    const person = byKey[chat.person] ?? strangers.find((one) => one.name === chat.name && one.phone === chat.phone);
    if (person) person.chats[chat.way] = chat;
    else strangers.push({ key: `${chat.channel}-${chat.user}`, name: chat.name, phone: chat.phone, role: "stranger", story: null, chats: { [chat.way]: chat } });
  }
  return [...known.filter((person) => Object.keys(person.chats).length), ...strangers];
}

/** What tells a chat from the person's others, and the branch whose OA it is with, if not the first one. */
function placed(chat, { shop, accounts }) {
  if (chat.channel !== "zalo" || chat.account === accounts.first) return { way: chat.channel, branch: "" };
  return { way: `zalo-${chat.account}`, branch: branchOf(accounts.agreed[chat.account] ?? chat.account, shop) };
}

/** An OA's name without what all of them share. */
export const branchOf = (name, shop) => name.replace(/\s*\([^)]*\)$/, "").replace(shop, "").trim() || name;

/** The OAs a person has no chat with yet, as [id, name]. */
export function othersFor(person, accounts) {
  const known = Object.values(person.chats).map((chat) => chat.account);
  return person.chats.zalo ? Object.entries(accounts.agreed).filter(([account]) => !known.includes(account)) : [];
}

/** The chat in which the shop knows a person best: where they are bound or a member, else the first one. */
export function homeOf(person) {
  const chats = Object.values(person.chats);
  return chats.find((chat) => chat.standing.is === "staff") || chats.find((chat) => chat.standing.is === "customer") || chats[0];
}

/** The chip beside a name: the role, or the tier of a member. */
export function chip(person) {
  if (person.role === "customer") {
    const joined = Object.values(person.chats).map((chat) => chat.standing).find((standing) => standing.joined);
    return joined
      ? el("span", { class: `chip tier-${joined.tier}` }, named(joined.tier_names))
      : el("span", { class: "chip" }, say(isMetAnywhere(person) ? "people.not_joined" : "people.not_met"));
  }
  return el("span", { class: `chip ${person.role === "stranger" ? "" : "chip-staff"}` }, say(`role.${person.role}`));
}

function group(title, members, current, actions, extra = null) {
  return el("section", { class: "people-group" },
    el("h2", {}, say(title)),
    el("ul", {}, members.map((person) => el("li", {}, card(person, current, actions)))),
    extra ? el("ul", { class: "people-extra" }, extra) : null);
}

function card(person, current, actions) {
  const unread = Object.values(person.chats).reduce((sum, chat) => sum + chat.unread, 0);
  const isHere = person.key === current?.key;
  return el("button",
    { type: "button", class: "person", "data-key": person.key, "aria-current": isHere ? "true" : null, click: () => actions.choose(person) },
    el("span", { class: "face" }, avatar(person.name, person.key),
      unread && !isHere ? el("span", { class: "badge" }, String(unread), heard(` ${say("people.unread", { n: unread })}`)) : null),
    el("span", { class: "person-line" }, el("span", { class: "person-name" }, person.name), chip(person)),
    el("span", { class: "marks" }, Object.values(person.chats).filter(isMet).map((chat) => mark(chat.channel))),
    el("span", { class: "person-story" }, person.story ? named(person.story) : say(isMetAnywhere(person) ? "people.stranger.met" : "people.stranger")));
}

/** The small sign of a platform. */
export function mark(channel) {
  return el("span", { class: `mark mark-${channel}` },
    el("span", { "aria-hidden": "true" }, channel === "zalo" ? "Z" : "M"), heard(say(`channel.${channel}`)));
}

const isMetAnywhere = (person) => Object.values(person.chats).some((chat) => chat.standing.is !== "nobody");

const isMet = (chat) => chat.standing.is !== "nobody" || chat.person === "stranger";

function newcomers(book, actions) {
  const buttons = book.channels.map((channel) =>
    el("li", {}, el("button", { type: "button", class: "newcomer", "data-key": `new-${channel}`, click: () => actions.meet(channel) },
      icon("user-plus"), heard(say(`people.new.${channel}`)), el("span", { "aria-hidden": "true" }, say(`channel.${channel}`)))));
  const clear = el("li", { class: "wide" }, el("button", { type: "button", class: "newcomer faint", click: actions.clear },
    icon("trash"), el("span", {}, say("people.clear"))));
  return [...buttons, clear];
}
