/* Writing a campaign: put the name in where one stands, count as one types, lose nothing. The page works without it. */

const field = document.querySelector("#f-text");
const counter = document.querySelector("#text-count");

const count = () => {
  const length = field.value.length;
  counter.textContent = `${length.toLocaleString(document.documentElement.lang)} / ${field.maxLength.toLocaleString(document.documentElement.lang)}`;
};

for (const button of document.querySelectorAll("[data-insert]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

field?.addEventListener("input", count);

/* What is being written stays in this browser until the shop has it: a closed tab, a session that ended. */
const SENT = "kq-letter-sent";
const AT_ONCE = 10_000; // ms within which the next page is the answer to what was sent
const LASTS = 7 * 24 * 3_600_000; // ms
const PARTS = ["name", "segment", "text"];
const letter = document.querySelector("form[data-letter]");

const written = () => Object.fromEntries(PARTS.map((name) => [name, letter.elements[name].value]));

function dropSent() {
  const [key, at] = JSON.parse(sessionStorage.getItem(SENT) ?? "[]");
  sessionStorage.removeItem(SENT);
  if (!letter && key && Date.now() - at < AT_ONCE) localStorage.removeItem(key);
}

function keepLetter(key) {
  offer(key, JSON.parse(localStorage.getItem(key) ?? "null"));
  letter.addEventListener("input", () => localStorage.setItem(key, JSON.stringify({ ...written(), at: Date.now() })));
  letter.addEventListener("submit", (event) => {
    const isKept = ["review", "draft"].includes(event.submitter?.value);
    if (isKept) sessionStorage.setItem(SENT, JSON.stringify([key, Date.now()]));
  });
}

function offer(key, kept) {
  const shown = written();
  if (!kept?.text.trim() || Date.now() - kept.at > LASTS || PARTS.every((name) => kept[name] === shown[name])) return;
  const box = document.querySelector("#unsent");
  box.querySelector("[data-words]").textContent = kept.text.length > 80 ? `${kept.text.slice(0, 80)}…` : kept.text;
  box.querySelector("[data-take]").addEventListener("click", () => take(box, kept));
  box.querySelector("[data-drop]").addEventListener("click", () => {
    localStorage.removeItem(key);
    box.hidden = true;
  });
  box.hidden = false;
}

function take(box, kept) {
  for (const name of PARTS) {
    letter.elements[name].value = kept[name];
    letter.elements[name].dispatchEvent(new Event("input", { bubbles: true }));
  }
  box.hidden = true;
  field.focus();
}

dropSent();
if (letter) keepLetter(letter.dataset.letter);
