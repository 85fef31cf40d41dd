// Fills in inputs and returns where to press. `inputs` are [position, tag, value], `button` is [position, tag] or
// null; positions are those of snapshot.js, which gave the document this `mark`: a document with another one is left alone.
// Values are set as a keyboard would leave them: scripts get the events.
(inputs, button, mark) => {
  const source = document.documentElement.outerHTML;
  let now = 0;
  for (let at = 0; at < source.length; at++) now = (Math.imul(now, 31) + source.charCodeAt(at)) | 0;
  if (now !== mark) throw new Error("changed");
  const all = document.documentElement.querySelectorAll("*");
  const find = ([position, tag]) => {
    const element = all[position];
    if (!element || element.localName !== tag) throw new Error("changed");
    return element;
  };
  const prototypes = { input: HTMLInputElement, select: HTMLSelectElement, textarea: HTMLTextAreaElement };
  const fill = (element, value) => {
    element.focus();
    if (typeof value === "boolean") {
      if (element.checked !== value) element.click();
      return;
    }
    // The prototype's setter, because frameworks watch the element's own.
    const { set } = Object.getOwnPropertyDescriptor(prototypes[element.localName].prototype, "value");
    set.call(element, value);
    element.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    element.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const found = inputs.map((input) => [find(input), input[2]]);
  const target = button && find(button);
  for (const [element, value] of found) fill(element, value);
  const form = target ? target.form : found.length ? found[0][0].form : null;
  if (form) form.noValidate = true;
  if (!target) return null;
  target.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
  const box = [...target.getClientRects()].find((rectangle) => rectangle.width && rectangle.height);
  if (!box) return { x: 0, y: 0, problem: "it has no size" };
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const top = document.elementFromPoint(x, y);
  const free = top && (target.contains(top) || top.contains(target));
  return { x, y, problem: free ? "" : `it is covered by ${top ? top.outerHTML.slice(0, 120) : "nothing on screen"}` };
}
