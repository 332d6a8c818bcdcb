// The little that only a browser can do: the address bar, the clipboard, saving a picture.
"use strict";

const playground = {
  /** Put a link into the address bar, and tell the page around us when we are framed by a Space. */
  share(link) {
    if (!link) return;
    const address = playground.address(link);
    history.replaceState(history.state, "", address);
    if (window.parent !== window) {
      const message = { queryString: "?recipe=" + link };
      window.parent.postMessage(message, "https://huggingface.co");
    }
  },

  /** Tell a screen reader, once, that everything has ended. */
  say(words) {
    const place = document.getElementById("page-said");
    if (place && words) place.textContent = words;
  },

  /** The address of this page with another link. */
  address(link) {
    const address = new URL(window.location.href);
    address.searchParams.set("recipe", link);
    return address.href;
  },

  /** Press a button as soon as it is there. */
  press(id, tries = 100) {
    const button = id && document.getElementById(id);
    if (button) button.click();
    else if (id && tries) setTimeout(() => playground.press(id, tries - 1), 50);
  },

  /** Copy text; plain http addresses have no navigator.clipboard, so there the old way. */
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return playground.copyByHand(text);
    }
  },

  copyByHand(text) {
    const area = document.createElement("textarea");
    const before = document.activeElement;
    area.value = text;
    area.setAttribute("readonly", "");
    area.style.cssText = "position:fixed;top:0;opacity:0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus();
    return done;
  },

  /** Say in place of a button's words what happened, for a moment. */
  answer(button, words) {
    const before = button.dataset.words ?? button.textContent;
    button.dataset.words = before;
    button.textContent = words;
    clearTimeout(button.timer);
    button.timer = setTimeout(() => (button.textContent = before), 2000);
  },

  /** Make radios of one question one group: one tab stop, arrows choose. Gradio names each alone. */
  groupRadios() {
    for (const group of document.querySelectorAll("fieldset[id]")) {
      const loose = `input[type=radio]:not([name="${group.id}"])`;
      for (const radio of group.querySelectorAll(loose)) radio.name = group.id;
    }
  },

  /** Save a picture exactly as it was sent. */
  save(button) {
    const anchor = document.createElement("a");
    anchor.href = button.querySelector("img").src;
    anchor.download = button.dataset.save;
    anchor.click();
  },
};

window.playground = playground;
new MutationObserver(playground.groupRadios).observe(document, { childList: true, subtree: true });

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-link],[data-save],[data-press]");
  if (!button) return;
  if (button.dataset.save) playground.save(button);
  else if (button.dataset.press) playground.press(button.dataset.press);
  else {
    const copied = await playground.copy(playground.address(button.dataset.link));
    playground.answer(button, copied ? "Copied" : "Copy it from the address bar");
  }
});
