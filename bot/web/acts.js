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
