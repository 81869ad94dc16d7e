// Sends the one form of a page that only passes on what it was given; without scripts its button does.
document.querySelector("form[data-send-at-once]")?.submit();
