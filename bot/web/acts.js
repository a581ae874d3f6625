const pass = (what, form) => trigger("click", { ...what, ...(form ? Object.fromEntries(new FormData(form)) : {}) });
element.addEventListener("click", (event) => {
  const found = event.target.closest("[data-do]");
  if (!found || found.tagName === "FORM" || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  pass({ ...found.dataset });
});
element.addEventListener("submit", (event) => {
  event.preventDefault();
  pass({ ...event.target.dataset }, event.target);
});
element.addEventListener("change", (event) => {
  const chosen = event.target;
  if (chosen.dataset.choose) pass({ do: chosen.dataset.choose, value: chosen.value });
  if ("files" in chosen.dataset && chosen.files.length) add(Array.from(chosen.files), chosen);
});
element.addEventListener("toggle", (event) => {
  if (event.target.open && event.target.dataset.opened) pass({ do: event.target.dataset.opened });
}, true);
const add = async (files, chooser) => {
  const zone = element.querySelector("[data-drop]");
  const sent = await alexRoom.carry(files, Number(zone.dataset.largest), zone.querySelector("[data-carrying]"));
  if (chooser) chooser.value = "";
  pass({ do: "take-in", ...sent });
};
element.addEventListener("alex-drop", (event) => add(event.detail));
