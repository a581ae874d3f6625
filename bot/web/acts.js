const pass = (what) => trigger("click", what);
element.addEventListener("click", (event) => {
  const found = event.target.closest("[data-do]");
  if (!found || found.tagName === "FORM" || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  pass({ ...found.dataset });
});
/* What a form holds; a file as its bytes, for it is read here and never put down. */
const filled = async (form) => {
  const said = {};
  for (const [name, value] of new FormData(form)) {
    said[name] = value instanceof File ? await alexRoom.bytesOf(value) : value;
    if (value instanceof File) said[name + "_name"] = value.name;
  }
  return said;
};
element.addEventListener("submit", async (event) => {
  const form = event.target, told = form.querySelector("[data-telling]");
  if (!form.dataset.do && !form.dataset.save) return;
  event.preventDefault();
  if (told) told.textContent = told.dataset.telling;
  if (form.dataset.save) told.textContent = await alexRoom.save(form, event.submitter.value);
  else pass({ ...form.dataset, ...(await filled(form)) });
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
