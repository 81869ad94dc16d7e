// Copy buttons. They are hidden until this runs: without it the text is selected and copied by hand.
// <button type="button" hidden data-copies="id of the element">; the result is said in [data-copy-status].
for (const button of document.querySelectorAll("button[data-copies]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const status = document.querySelector("[data-copy-status]");
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent.trim());
      status.textContent = "Copied.";
    } catch {
      status.textContent = "The browser did not allow copying. Select the text and copy it.";
    }
  });
}
