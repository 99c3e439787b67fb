/* Small comforts; every page works without them. */

const grouped = (digits) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, document.documentElement.lang === "en" ? "," : ".");

/* Money typed as bare digits is grouped as one types; 250k and 1tr2 are left as they are. */
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !("money" in field.dataset)) return;
  const bare = field.value.replace(/[.,\s]/g, "");
  if (!/^\d{4,12}$/.test(bare) || field.selectionStart !== field.value.length) return;
  field.value = grouped(bare);
});

/* A form is sent once: the button says that it is on its way. What opens beside the page leaves it free. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  if (form.hasAttribute("hx-post") || event.submitter?.formTarget === "_blank") return;
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(stayed, 4000, form);
});

/* A page brought back by «back» may be sent again. */
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));

/* The answer was a file to keep: the page is still here, and may show what it did. */
function stayed(form) {
  release(form);
  form.dispatchEvent(new Event("stayed"));
}

function release(form) {
  delete form.dataset.sent;
  form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
}

/* Copy a value shown once: <button data-copy="#id">. */
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  await navigator.clipboard?.writeText(source.value ?? source.textContent.trim());
  button.classList.add("is-copied");
});

/* Of tabs wider than the screen the current one is in sight. */
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
}

/* The other fields like the first of them: <button data-like-first=".week input" hidden>. */
for (const button of document.querySelectorAll("[data-like-first]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const [first, ...others] = button.form.querySelectorAll(button.dataset.likeFirst);
    for (const field of others) field.value = first.value;
  });
}

/* <button data-print> */
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-print]")) print();
});
