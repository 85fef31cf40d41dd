// Conveniences only: every page works without this file.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  const status = document.querySelector("[data-copied]");
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
    if (status) status.textContent = `Copied: ${field.value}`;
  } catch {
    if (status) status.textContent = "The value is selected; copy it with your keyboard.";
  }
});

const form = document.getElementById("sso-form");
if (form) form.addEventListener("input", () => { form.dataset.unsaved = "true"; });
