// The page's one state and its heartbeat: ask what is new, draw what changed, do what is tapped.

import { Refusal, chatPath, get, post } from "./api.js";
import { clearTalk, drawEmpty, drawTalk, drawTyping, spaced } from "./chat.js";
import { avatar, byId, el, heard, icon, toast } from "./dom.js";
import { branchOf, chip, drawPeople, homeOf, othersFor, persons } from "./people.js";
import { drawPlatform, togglePanel } from "./platform.js";
import { drawStory } from "./story.js";
import { drawTour, openTour } from "./tour.js";
import { knows, language, say, setLanguage, translate } from "./words.js";

const BEAT = 700; // ms between two looks
const PEOPLE_EVERY = 3; // beats
const ANSWER_WITHIN = 15_000; // ms the dots are shown
const NARROW = matchMedia("(max-width: 759px)");

const state = {
  book: { shop: "", channels: [], persons: [], platforms: {}, accounts: { agreed: {} } },
  person: null,
  chat: null,
  messages: new Map(),
  since: 0,
  digest: "",
  beside: null,
  asked: 0, // when the person wrote last, ms; 0 once answered
  isTyping: false,
  menu: [], // what stands behind the page's menu button
  beats: 0,
};

const find = (key) => state.book.persons.find((person) => person.key === key);
const channelName = () => `${say(`channel.${state.chat.channel}`)} ${state.chat.branch}`.trim();

function scene() {
  return {
    person: state.person,
    chat: state.chat,
    shop: state.book.shop,
    channelName: channelName(),
    isStaff: state.beside?.standing.is === "staff",
    start: () => act("start"),
    tap: (message, index) => act("tap", { message: message.id, button: index }),
    repeat: async (message) => {
      if (await act("repeat", { message: message.id }, false)) toast(say("story.repeat.done", { channel: channelName() }));
    },
  };
}

// -- the heartbeat

async function beat() {
  if (!document.hidden) {
    try {
      if (state.beats++ % PEOPLE_EVERY === 0) await lookAround();
      if (state.chat) await lookAtChat();
      byId("banner").hidden = true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      complain(error);
    }
  }
  setTimeout(beat, BEAT);
}

async function lookAround() {
  const answer = await get("people");
  state.book = { shop: answer.shop, channels: answer.channels, persons: persons(answer), platforms: answer.platforms, accounts: answer.accounts };
  byId("shop").textContent = answer.shop;
  if (state.person) state.person = find(state.person.key) ?? null;
  if (state.person) state.chat = state.person.chats[state.chat.way] ?? homeOf(state.person);
  if (!state.person) arrive();
  drawPeople(state.book, state.person, { choose, meet, clear });
  drawHead();
  drawMood();
}

async function lookAtChat() {
  const { chat } = state;
  const news = await get(`${chatPath(chat)}?since=${state.since}&known=${state.digest}&open=1`);
  if (chat.user !== state.chat?.user || chat.channel !== state.chat?.channel) return; // somebody else meanwhile
  Object.assign(state, { since: news.revision, digest: news.digest, isTyping: news.typing, menu: news.menu });
  byId("page-menu").hidden = !state.menu.length;
  for (const message of news.items) state.messages.set(message.id, message);
  if (news.items.some((message) => !message.mine)) state.asked = 0;
  if (news.beside) state.beside = news.beside;
  if (news.beside || news.items.length) drawChanged(Boolean(news.beside));
  else if (state.messages.size && drawTalk(state.messages, state.beside.happened, scene())) state.asked = 0; // it waits, or was dropped
  drawTyping(state.isTyping || (state.asked > 0 && Date.now() - state.asked < ANSWER_WITHIN), state.book.shop);
  drawTour(tourScene());
}

function drawChanged(isBesideNew) {
  if (state.messages.size) drawTalk(state.messages, state.beside.happened, scene());
  else drawEmpty(scene(), state.beside.standing.is !== "nobody");
  drawStory(state.beside, state.messages, scene());
  if (isBesideNew) drawTries();
  byId("story-dot").hidden = !NARROW.matches || byId("story").classList.contains("open") || !state.messages.size;
}

function complain(error) {
  const banner = byId("banner");
  banner.textContent = say(knows(`problem.${error.code}`) ? `problem.${error.code}` : "problem.away");
  banner.hidden = false;
}

// -- who one is

/** The person named in the address (#lan/zalo), else the first one. */
function arrive() {
  const [key, channel] = location.hash.slice(1).split("/");
  const person = find(key) ?? state.book.persons[0];
  if (person) choose(person, person.chats[channel] ? channel : null);
}

function choose(person, channel = null) {
  state.person = person;
  enter(channel ? person.chats[channel] : homeOf(person));
}

function enter(chat) {
  Object.assign(state, { chat, messages: new Map(), since: 0, digest: "", beside: null, asked: 0, isTyping: false });
  clearTalk();
  byId("turns").replaceChildren();
  byId("standing").replaceChildren();
  byId("tries").replaceChildren();
  closeMenu();
  drawMood();
  history.replaceState(null, "", `#${state.person.key}/${chat.way}`);
  drawPeople(state.book, state.person, { choose, meet, clear });
  drawHead();
  return hurry();
}

/** Look now instead of at the next beat. */
async function hurry() {
  try {
    await lookAtChat();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    complain(error);
  }
}

async function meet(channel) {
  const stranger = await attempt(() => post("strangers", { channel }));
  if (!stranger) return;
  await lookAround();
  const person = find(`${stranger.channel}-${stranger.user}`);
  if (person) choose(person);
  toast(say("people.new.done", { name: stranger.name }));
}

async function clear() {
  if (!confirm(say("people.clear.sure"))) return;
  if (!(await attempt(() => post("clear")))) return;
  await lookAround();
  enter(state.chat);
  toast(say("people.clear.done"));
}

// -- what one does

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    toast(say(knows(`problem.${error.code}`) ? `problem.${error.code}` : "problem.failed"));
    return null;
  }
}

async function act(name, body = {}, expectsAnswer = true) {
  const done = await attempt(() => post(`${chatPath(state.chat)}/${name}`, body));
  if (!done) return false;
  if (expectsAnswer) state.asked = Date.now();
  await hurry();
  return true;
}

async function send(text) {
  if (!text.trim()) return false;
  return act("text", { text });
}

/** Be somebody and write what is suggested there under a name; for the tour. */
async function play(key, channel, why) {
  const person = find(key);
  if (state.person?.key !== key || state.chat?.way !== channel) {
    state.person = person;
    await enter(person.chats[channel]);
  }
  if (!why) return true;
  const suggestion = state.beside?.try.find((one) => one.why === why);
  return suggestion ? send(suggestion.text) : false;
}

const tourScene = () => ({ find, current: state, messages: state.messages, play, redraw: () => drawTour(tourScene()) });

// -- around the chat

function drawMood() {
  if (!state.chat) return;
  drawPlatform(state.book.platforms[state.chat.channel], state.chat.channel, attempt, lookAround, drawMood);
}

function drawHead() {
  const { person, chat } = state;
  if (!person) return;
  byId("who-avatar").replaceWith(Object.assign(avatar(person.name, person.key), { id: "who-avatar" }));
  byId("who-name").replaceChildren(person.name, " ", chip(person));
  byId("who-role").textContent = say("chat.as", { shop: state.book.shop, channel: channelName() });
  byId("words").placeholder = say("chat.placeholder", { name: person.name });
  const choices = Object.values(person.chats).map((one) => channelButton(one, one.way === chat.way));
  const shown = `${person.key} ${chat.way} ${language} ${Object.values(person.chats).map((one) => one.unread)}`;
  const switchboard = byId("channels");
  if (switchboard.dataset.shown === shown) return;
  switchboard.dataset.shown = shown;
  switchboard.hidden = choices.length < 2;
  switchboard.replaceChildren(...choices);
  switchboard.querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function channelButton(chat, isHere) {
  return el("button", { type: "button", class: `way way-${chat.channel}`, "aria-pressed": isHere ? "true" : "false", click: () => enter(chat) },
    chat.branch || say(`channel.${chat.channel}`), chat.unread && !isHere ? el("span", { class: "way-news" }, String(chat.unread), heard(` ${say("people.unread", { n: chat.unread })}`)) : null);
}

function drawTries() {
  const tries = state.beside.try.map(({ text, why }) =>
    el("li", {}, el("button", { type: "button", class: "try", click: () => fill(text) },
      el("b", {}, text), el("span", {}, say(`try.${why}`)))));
  byId("tries").replaceChildren(...tries);
}

function fill(text) {
  const words = byId("words");
  words.value = text;
  grow();
  words.focus();
}

function grow() {
  const words = byId("words");
  words.style.height = "auto";
  words.style.height = `${Math.min(words.scrollHeight, 160)}px`;
}

function drawMenu() {
  const { person, chat } = state;
  const phone = chat.phone ? spaced(chat.phone) : null;
  const isFollowing = chat.channel === "zalo" && chat.follows;
  const choices = [
    phone ? ["id", "contact", "more.contact", "more.contact.why"] : null,
    ["mood-smile", "sticker", "more.sticker", "more.sticker.why"],
    isFollowing ? ["x", "leave", "more.leave", "more.leave.why"] : ["heart", "start", `more.start.${chat.channel}`, "more.start.why"],
  ].filter(Boolean);
  byId("more-menu").replaceChildren(...choices.map(([name, does, what, why]) => choice("more", () => act(does, {}, does !== "leave"),
    icon(name), el("span", {}, el("b", {}, say(what, { name: person.name })), el("small", {}, say(why, { phone }))))),
  ...othersFor(person, state.book.accounts).map(([account, name]) => choice("more", () => join(account),
    icon("building-store"), el("span", {}, el("b", {}, say("more.join", { name: branchOf(name, state.book.shop) })), el("small", {}, say("more.join.why"))))));
}

/** Write to another OA of the shop. */
async function join(account) {
  const there = await attempt(() => post(`${chatPath(state.person.chats.zalo)}/join`, { account }));
  if (!there) return;
  await lookAround();
  await enter(state.person.chats[`zalo-${account}`]);
}

function drawPageMenu() {
  byId("page-menu-list").replaceChildren(...state.menu.map(({ title }, button) => choice("page-menu", () => act("menu", { button }), el("b", {}, title))));
}

function choice(opener, does, ...shown) {
  return el("li", { role: "none" }, el("button", { type: "button", role: "menuitem", click: () => { closeMenu(opener); does(); } }, ...shown));
}

const LISTS = { more: "more-menu", "page-menu": "page-menu-list" }; // by the button that opens it

function openMenu(opener) {
  closeMenu();
  (opener === "more" ? drawMenu : drawPageMenu)();
  byId(LISTS[opener]).hidden = false;
  byId(opener).setAttribute("aria-expanded", "true");
  byId(LISTS[opener]).querySelector("button").focus();
}

/** Close whichever is open; `opener` gets the focus back. */
function closeMenu(opener = null) {
  for (const [button, list] of Object.entries(LISTS)) {
    byId(list).hidden = true;
    byId(button).setAttribute("aria-expanded", "false");
  }
  if (opener) byId(opener).focus();
}

function showStory(isOpen) {
  const story = byId("story");
  story.classList.toggle("open", isOpen);
  story.inert = NARROW.matches && !isOpen;
  byId("shade").hidden = !isOpen;
  byId("open-story").setAttribute("aria-expanded", String(isOpen));
  byId("story-dot").hidden = true;
  (isOpen ? story : byId("open-story")).focus();
}

function fit() {
  const story = byId("story");
  story.inert = NARROW.matches && !story.classList.contains("open");
  if (!NARROW.matches) byId("shade").hidden = true;
}

function redrawAll() {
  drawPeople(state.book, state.person, { choose, meet, clear });
  if (!state.chat) return;
  drawHead();
  enter(state.chat);
  drawTour(tourScene());
}

// -- the page's own controls

byId("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const words = byId("words");
  const text = words.value;
  words.value = "";
  grow();
  if (!(await send(text)) && text.trim() && !words.value) fill(text);
});
byId("words").addEventListener("input", grow);
byId("words").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return; // Telex and VNI compose with Enter too
  event.preventDefault();
  byId("composer").requestSubmit();
});
for (const [opener, id] of Object.entries(LISTS)) {
  byId(opener).addEventListener("click", () => (byId(id).hidden ? openMenu(opener) : closeMenu(opener)));
  byId(id).addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const choices = [...byId(id).querySelectorAll("button")];
    choices.at((choices.indexOf(document.activeElement) + step) % choices.length).focus();
  });
}
byId("open-platform").addEventListener("click", () => togglePanel(drawMood));
byId("open-story").addEventListener("click", () => showStory(true));
byId("close-story").addEventListener("click", () => showStory(false));
byId("shade").addEventListener("click", () => showStory(false));
byId("language").addEventListener("click", () => { setLanguage(language === "vi" ? "en" : "vi"); redrawAll(); });
byId("open-tour").addEventListener("click", () => { openTour(); drawTour(tourScene()); });
document.addEventListener("click", (event) => { if (!event.target.closest(".more")) closeMenu(); });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    closeMenu(Object.keys(LISTS).find((opener) => !byId(LISTS[opener]).hidden));
    if (byId("story").classList.contains("open")) showStory(false);
  }
  if (event.key === "/" && !event.target.closest("input, textarea") && !event.ctrlKey && !event.metaKey) byId("words").focus();
});
NARROW.addEventListener("change", fit);

translate(document);
fit();
beat();
