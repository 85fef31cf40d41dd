// Submits the form that a person would otherwise submit with its button.
document.querySelector("form[data-autosubmit]")?.submit();
