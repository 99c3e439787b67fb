// Sends the examples of a page from the page, with the key that was pasted into one of them.
const key = document.querySelector("#key");
const kept = "kq-api-key";

key.value = sessionStorage.getItem(kept) ?? "";
key.addEventListener("input", () => sessionStorage.setItem(kept, key.value.trim()));
document.querySelector("#key-form").hidden = false;
document.querySelector("#key-form").addEventListener("submit", (event) => event.preventDefault());
for (const form of document.querySelectorAll(".try")) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(form);
  });
}
centre(document.querySelector("nav [aria-current]"));
open(location.hash);
addEventListener("hashchange", () => open(location.hash));

// The list of resources scrolls by itself: sideways on a phone, else down.
function centre(link) {
  const list = link.closest("nav");
  list.scrollLeft = link.offsetLeft - (list.clientWidth - link.offsetWidth) / 2;
  list.scrollTop = link.offsetTop - (list.clientHeight - link.offsetHeight) / 2;
}

function open(hash) {
  const place = hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
  if (place instanceof HTMLDetailsElement) place.open = true;
  place?.scrollIntoView();
}

async function run(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  form.querySelector(".answer").hidden = true; // an earlier one is not this one's
  try {
    const request = await compose(form);
    const started = performance.now();
    const answer = await fetch(request.url, request.options);
    const text = await answer.text();
    show(form, request, answer, text, Math.round(performance.now() - started));
  } catch (error) {
    const line = document.createElement("p");
    line.className = "status bad";
    line.textContent = String(error.message ?? error);
    put(form, [line]);
  } finally {
    button.disabled = false;
  }
}

async function compose(form) {
  const sources = JSON.parse(form.dataset.sources);
  const headers = { Authorization: `Bearer ${key.value.trim()}` };
  const query = new URLSearchParams();
  let path = form.dataset.path;
  for (const field of form.querySelectorAll("input")) {
    let value = field.value.trim();
    if (field.dataset.place === "path") {
      value ||= await first(sources[field.name], headers);
      field.value = value;
      path = path.replace(`{${field.name}}`, encodeURIComponent(value));
    } else if (value && field.dataset.place === "query") {
      query.set(field.name, value);
    } else if (value) {
      headers[field.name] = value;
    }
  }
  const options = { method: form.dataset.verb, headers, credentials: "omit" };
  const body = form.querySelector("textarea");
  if (body) {
    body.value = await filled(body.value, headers);
    headers["Content-Type"] = "application/json";
    options.body = body.value;
  }
  return { url: path + (query.size ? `?${query}` : ""), options };
}

// What an example leaves open, such as "{segment_id}", is the first one of its list.
async function filled(text, headers) {
  let whole = text;
  for (const [open, name] of text.matchAll(/\{(\w+)_id\}/g)) {
    whole = whole.replace(open, await first(`/api/v1/${name}s`, headers));
  }
  return whole;
}

async function first(list, headers) {
  if (!list) throw new Error("An id is missing in the address.");
  const answer = await fetch(`${list}?limit=1`, { headers, credentials: "omit" });
  const found = await answer.json();
  if (!answer.ok) throw new Error(`${list}: ${answer.status} ${found.code}`);
  if (!found.items.length) throw new Error(`${list}: nothing there yet.`);
  return found.items[0].id;
}

function show(form, request, answer, text, ms) {
  const status = document.createElement("p");
  status.className = `status ${answer.ok ? "good" : "bad"}`;
  status.textContent = `${answer.ok ? "✓" : "✗"} ${answer.status} ${answer.statusText} · ${ms} ms`;
  const heads = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  const folded = document.createElement("details");
  const title = document.createElement("summary");
  title.textContent = `${request.options.method} ${request.url}`;
  folded.append(title, block(heads));
  put(form, [status, block(pretty(text)), folded]);
}

function block(text) {
  const found = document.createElement("pre");
  found.textContent = text;
  found.tabIndex = 0;
  return found;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function put(form, parts) {
  const place = form.querySelector(".answer");
  place.replaceChildren(...parts);
  place.hidden = false;
}
