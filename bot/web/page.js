/* What the page does by itself in the browser. It stores one thing there: whether questions are suggested. */
(() => {
  const SEVEN_MINUTES = 7 * 60;

  /* On a server, whoever is not signed in any more is led to the sign-in; the address of the page is kept. */
  const ask = window.fetch.bind(window);
  window.fetch = async (...asked) => {
    const answer = await ask(...asked);
    if (answer.status === 401 && new URL(answer.url).origin === location.origin) location.assign("/sign-in");
    return answer;
  };

  const openTab = () => {
    const chosen = document.querySelector("#nav > .tab-wrapper [role=tab][aria-selected=true]");
    return chosen ? chosen.dataset.tabId : "prepare";
  };

  /* The address holds the conversation, the screen and what is being read: a reload or a restart finds them again. */
  const keepAddress = (session, reading) => {
    if (!arrived) return;
    inRoom = session;
    const place = new URLSearchParams();
    if (session) place.set("s", session);
    if (reading) place.set("r", reading);
    place.set("at", openTab());
    history.replaceState(drafts(), "", "?" + place + location.hash);
  };

  const nameTab = () => {
    const at = openTab();
    document.title = at[0].toUpperCase() + at.slice(1) + " · Alex";
  };

  const focusOn = (selector, tries = 20) => {
    const found = document.querySelector(selector);
    if (found && found.offsetParent !== null) {
      found.focus({ preventScroll: true });
      found.scrollIntoView({ block: "nearest" });
    } else if (tries) setTimeout(() => focusOn(selector, tries - 1), 50);
  };

  /* A screen that was left half way down is opened at its top, and the keyboard goes with it. */
  let lastTab = "prepare";
  const showTop = (focus) => {
    if (openTab() === lastTab) return;
    lastTab = openTab();
    scrollTo(0, 0);
    const at = document.activeElement;
    if (focus || (at !== document.body && at.offsetParent !== null)) return;
    const title = [...document.querySelectorAll("h1")].find((one) => one.offsetParent !== null);
    if (title) { title.tabIndex = -1; title.focus({ preventScroll: true }); }
  };

  /* The bytes of a file that somebody chose, in base 64; "too large" for one that no conversation fills. */
  const LARGEST = 5_000_000;
  const bytesOf = async (file) => {
    if (file.size > LARGEST) return "too large";
    const bytes = new Uint8Array(await file.arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  };

  /* Send a form, and save what comes back as a file. Returns what to tell whoever asked. */
  const save = async (form, kind) => {
    try {
      const answer = await fetch(`${form.dataset.save}.${kind}`, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!answer.ok) return await answer.text();
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await answer.blob());
      link.download = `conversation.${kind}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      return "Saved.";
    } catch { return "That did not work. Nothing was saved; try again."; }
  };

  /* Send files to the library of this laptop, one after the other; return what to ask for then. */
  let onTheWay = Promise.resolve();
  const carry = (files, largest, told) => (onTheWay = onTheWay.catch(() => null).then(() => send(files, largest, told)));
  const send = async (files, largest, told) => {
    const batch = crypto.randomUUID().replaceAll("-", "");
    const large = [], lost = [];
    for (const [place, file] of files.entries()) {
      told.textContent = files.length > 1 ? `Copying ${place + 1} of ${files.length}: ${file.name}` : `Copying ${file.name}`;
      if (file.size > largest) { large.push(file.name); continue; }
      try {
        const answer = await fetch(`/arrivals/${batch}?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
        if (!answer.ok) (answer.status === 413 ? large : lost).push(file.name);
      } catch { lost.push(file.name); }
    }
    told.textContent = "";
    return { batch, large: JSON.stringify(large), lost: JSON.stringify(lost) };
  };

  let arrived = false;
  window.alexRoom = {
    bytesOf,
    save,
    carry,
    address: location.search,
    ready: false,
    arrive(...shown) {
      arrived = true;
      this.settle(...shown);
      this.ready = true;
      for (const [id, words] of Object.entries(typedBefore)) bringBack(id, words);
    },
    settle(session, reading, focus) {
      requestAnimationFrame(() => {
        keepAddress(session, reading);
        nameTab();
        showTop(focus);
        if (focus) focusOn(focus);
      });
    },
  };

  /* What was typed and not sent outlives a reload, Gradio's own after a restart included: in the history of this
     window alone, which ends with it. Where nothing is kept, neither are drafts: browsers write their history down. */
  let inRoom = "";
  const nothingKept = () => {
    const tick = document.querySelector("#keep-nothing input");
    return inRoom.startsWith("unkept-") || !!(tick && tick.checked) || !!document.querySelector("#mast [data-keeps-nothing]");
  };
  const drafts = () => {
    if (nothingKept()) {
      for (const box of document.querySelectorAll("textarea")) box.autocomplete = "off";  // the browser keeps nothing of it either
      return {};
    }
    const boxes = [...document.querySelectorAll(".block[id] textarea")].filter((box) => box.value && !box.closest(".bring"));
    return { typed: Object.fromEntries(boxes.map((box) => [box.closest(".block[id]").id, box.value])) };
  };
  let soon = 0;
  const keepDrafts = () => {
    clearTimeout(soon);
    soon = setTimeout(() => { if (arrived) history.replaceState(drafts(), ""); }, 400);
  };
  const bringBack = (id, words, tries = 40) => {
    const box = document.querySelector(`#${CSS.escape(id)} textarea`);
    if (!box && tries) setTimeout(() => bringBack(id, words, tries - 1), 50);
    if (!box || box.value) return;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, words);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const typedBefore = (history.state && history.state.typed) || {};

  /* Let the keyboard scroll the script, and have the speaker's name read instead of "bot's message". */
  const keepScriptReadable = () => {
    const log = document.querySelector("#chat [role=log]");
    if (!log) return;
    if (log.tabIndex !== 0) log.tabIndex = 0;
    for (const line of log.querySelectorAll("[data-testid=user][aria-label], [data-testid=bot][aria-label]")) line.removeAttribute("aria-label");
  };

  const showClock = () => {
    for (const clock of document.querySelectorAll(".timer[data-ends]")) {
      const left = Math.max(0, Math.min(SEVEN_MINUTES, Math.round((Number(clock.dataset.ends) - Date.now()) / 1000)));
      const says = left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left of 7:00` : "The seven minutes are over. Finish when you are ready.";
      const words = clock.querySelector(".left");
      if (words.textContent !== says) words.textContent = says;
      clock.querySelector("i").style.width = `${100 - (100 * left) / SEVEN_MINUTES}%`;
    }
  };

  const suggest = (choice) => {
    document.documentElement.dataset.guide = choice;
    try { localStorage.setItem("alex-guide", choice); } catch { /* a browser that keeps nothing: for this visit only */ }
  };

  const unfold = (id) => {
    const target = document.getElementById(id);
    const fold = target && target.closest("details:not([open])");
    if (fold) fold.open = true;
  };

  try { document.documentElement.dataset.guide = localStorage.getItem("alex-guide") || "on"; } catch { /* the same */ }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button && event.detail > 1) { event.preventDefault(); event.stopPropagation(); return; }  // a double click is one click
    const guide = event.target.closest("[data-guide]");
    if (guide && guide !== document.documentElement) { suggest(guide.dataset.guide); focusOn("#guide"); }
    const inside = event.target.closest("a[href^='#']:not([data-do])");
    if (inside) {
      event.preventDefault();
      const id = inside.getAttribute("href").slice(1);
      unfold(id);
      const target = document.getElementById(id);
      if (target) { target.scrollIntoView({ block: "start" }); target.focus({ preventScroll: true }); }
    }
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter" && !event.shiftKey && event.target.closest("button, #msg")) event.preventDefault();  // a key held down is one press
  }, true);

  document.addEventListener("input", keepDrafts);

  /* Files dropped anywhere on the Library are added to it; dropped elsewhere they do not replace the page. */
  const holdsFiles = (event) => event.dataTransfer && event.dataTransfer.types.includes("Files");
  const intoABox = (event) => event.target.closest && event.target.closest("input[type=file]");
  const dropZone = () => [...document.querySelectorAll("[data-drop]")].find((one) => one.offsetParent !== null);
  const over = (event, on) => { const zone = dropZone(); if (zone) zone.classList.toggle("over", on && holdsFiles(event)); };
  document.addEventListener("dragover", (event) => { if (holdsFiles(event) && !intoABox(event)) { event.preventDefault(); over(event, true); } });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(event, false); });
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event) || intoABox(event)) return;
    event.preventDefault();
    over(event, false);
    const zone = dropZone(), files = [...event.dataTransfer.files];
    if (zone && files.length) zone.dispatchEvent(new CustomEvent("alex-drop", { detail: files, bubbles: true }));
  });

  const start = () => {
    new MutationObserver(() => { keepScriptReadable(); showClock(); }).observe(document.body, { childList: true, subtree: true });
    setInterval(showClock, 1000);
    keepScriptReadable();
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
