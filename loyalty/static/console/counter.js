/* Reading the customer's QR code with the camera, where the browser can; without it the code is typed. */

const scan = document.querySelector("#scan");
const place = document.querySelector("#camera");
const who = document.querySelector("#f-who");
const code = document.querySelector("#f-code"); // where rewards are handed over
const EVERY = 200; // ms between looks

let stream = null;

const stop = () => {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  place.hidden = true;
};

const take = (text) => {
  stop();
  if (code) {
    code.value = text.trim();
    return code.form.requestSubmit();
  }
  who.value = text.trim().slice(0, 120);
  who.dispatchEvent(new Event("input", { bubbles: true }));
  document.querySelector("#f-amount").focus();
};

const watch = async (detector, video) => {
  while (stream) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found) return take(found.rawValue);
    await new Promise((next) => setTimeout(next, EVERY));
  }
};

const start = async () => {
  const video = place.querySelector("video");
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    const told = place.querySelector("[data-denied]");
    told.textContent = told.dataset.denied;
    video.hidden = true;
    place.hidden = false;
    return;
  }
  place.hidden = false;
  video.srcObject = stream;
  await video.play();
  await watch(new BarcodeDetector({ formats: ["qr_code"] }), video);
};

if (who) document.querySelector("#find").hidden = "htmx" in window; // whoever is typed is found meanwhile

if (scan && "BarcodeDetector" in window && navigator.mediaDevices) {
  scan.hidden = false;
  scan.addEventListener("click", start);
  document.querySelector("#scan-stop").addEventListener("click", stop);
  addEventListener("pagehide", stop);
}
