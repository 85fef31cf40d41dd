// Filters, copy buttons, and details that open on demand. Without it everything is simply visible.
(() => {
  "use strict";
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  for (const element of all(".needs-script")) element.hidden = false;

  const calm = new Set(["pass", "not_applicable", "known"]);
  const cases = all("details.case").map((element) => ({
    element,
    row: null,
    runs: all("details.run", element),
  }));
  const rows = new Map(all("tr[data-case]").map((row) => [row.dataset.case, row]));
  for (const item of cases) {
    item.row = rows.get(item.element.id);
    item.element.open = false;
    const loud = item.runs.some((run) => !calm.has(run.dataset.state));
    item.runs.forEach((run, index) => {
      run.open = loud ? !calm.has(run.dataset.state) : index === 0;
    });
  }

  const reveal = () => {
    let target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
    if (!target) return;
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    target.scrollIntoView();
    const summary = target.querySelector(":scope > summary");
    if (summary) summary.focus({ preventScroll: true });
  };
  document.documentElement.classList.remove("loading");
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) reveal();
  });
  reveal();

  const form = document.querySelector("form.filters");
  const apply = () => {
    const data = new FormData(form);
    const wanted = (name) => (data.get(name) || "").toString();
    const words = wanted("text").toLowerCase().split(/\s+/).filter(Boolean);
    const states = new Set(data.getAll("state"));
    const ref = wanted("ref").trim().toLowerCase();
    let shown = 0;
    for (const { element, row, runs } of cases) {
      const facts = element.dataset;
      const fits = ["severity", "level", "cls", "protocol"].every((key) => !wanted(key) || facts[key] === wanted(key))
        && words.every((word) => facts.search.includes(word))
        && (!ref || facts.refs.toLowerCase().split(" ").some((item) => item.startsWith(ref)));
      let any = false;
      for (const run of runs) {
        const visible = fits && (!states.size || states.has(run.dataset.state))
          && ["personality", "agent"].every((key) => !wanted(key) || run.dataset[key] === wanted(key));
        run.hidden = !visible;
        any = any || visible;
        const cell = row && row.querySelector(`[data-run="${CSS.escape(run.id)}"]`);
        if (cell) cell.classList.toggle("dim", !visible);
      }
      element.hidden = !any;
      if (row) row.hidden = !any;
      shown += any ? 1 : 0;
    }
    for (const group of all("section.group")) group.hidden = !group.querySelector("tr[data-case]:not([hidden])");
    for (const group of all("section.case-group")) group.hidden = !group.querySelector("details.case:not([hidden])");
    document.getElementById("nothing").hidden = shown > 0;
    form.querySelector("output").textContent = shown === cases.length
      ? `${cases.length} cases` : `${shown} of ${cases.length} cases`;
  };
  let timer = 0;
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(apply, 80); });
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const code = button.parentElement.querySelector("code");
    let done = "Copied";
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);  // no clipboard on this page: leave it selected for the keyboard
      done = "Selected";
    }
    button.textContent = done;
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
})();
