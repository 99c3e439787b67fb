/* Writing a campaign: put the name in where one stands, count as one types. The page works without it. */

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
