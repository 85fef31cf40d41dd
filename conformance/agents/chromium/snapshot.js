// Returns what the page shows as inert HTML: elements that style sheets hide carry `hidden`, and forms and controls
// their position among all elements, by which the agent finds them again. `mark` is that of touch.js. The page itself is
// not changed.
(async () => {
  // Let what a script has just queued (a scheduled submit, a promise) run first.
  await new Promise((resume) => setTimeout(resume, 0));
  const root = document.documentElement;
  const facts = { url: location.href, source: "", marked: "", mark: 0 };
  if (!root) return facts;
  const copy = document.implementation.createHTMLDocument("").importNode(root, true);
  const live = root.querySelectorAll("*");
  const inert = copy.querySelectorAll("*");
  live.forEach((element, position) => {
    const twin = inert[position];
    if (!element.checkVisibility({ visibilityProperty: true })) twin.setAttribute("hidden", "");
    if (element.matches("input, select, textarea, button, a, form")) twin.setAttribute("data-agent-position", position);
  });
  const source = root.outerHTML;
  let mark = 0;
  for (let at = 0; at < source.length; at++) mark = (Math.imul(mark, 31) + source.charCodeAt(at)) | 0;
  return { ...facts, source, marked: copy.outerHTML, mark };
})()
