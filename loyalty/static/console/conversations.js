/* A thread that is open: it stays at its newest message, and ready sentences go straight into the line. */

const scroll = document.getElementById("scroll");
const NEAR = 120; // px from the end that still count as reading the newest
const toEnd = () => { if (scroll) scroll.scrollTop = scroll.scrollHeight; };
let wasNear = true;

toEnd();
document.body.addEventListener("htmx:beforeSwap", () => {
  if (scroll) wasNear = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
});
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (wasNear && event.target instanceof Element && event.target.id !== "threads") toEnd();
});

/* The line keeps the focus after an answer is on its way. */
document.body.addEventListener("said", () => document.getElementById("f-text")?.focus());

document.addEventListener("click", (event) => {
  const ready = event.target instanceof Element ? event.target.closest("[data-say]") : null;
  const line = document.getElementById("f-text");
  if (!ready || !line) return;
  event.preventDefault();
  line.value = (line.value ? line.value.trimEnd() + " " : "") + ready.textContent.trim();
  ready.closest("details").open = false;
  line.focus();
});

/* Enter sends where there is a keyboard; Shift and Enter begin a new line. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.target.id !== "f-text") return;
  if (!matchMedia("(hover: hover)").matches) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
