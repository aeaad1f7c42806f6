// The little that a page does by itself. Everything else is done by Blazor.
(() => {
  "use strict";

  // Drafts: what was typed and not sent, of this tab alone. See IDrafts.
  const mark = "tonari-draft:";
  const drafts = {
    find: name => sessionStorage.getItem(mark + name),
    keep: (name, text) => sessionStorage.setItem(mark + name, text),
    drop: name => sessionStorage.removeItem(mark + name),
  };
  document.addEventListener("submit", event => {
    // Whoever signs out leaves nothing behind.
    if (event.target.getAttribute("action") === "session/end")
      Object.keys(sessionStorage).filter(key => key.startsWith(mark)).forEach(key => sessionStorage.removeItem(key));
  });

  // Points in time, as the viewer's clock shows them. Only the text's characters are changed, never the nodes: those are Blazor's.
  const language = document.documentElement.lang;
  const spoken = navigator.languages.find(l => l === language || l.startsWith(language + "-")) ?? language;
  const clock = new Intl.DateTimeFormat(spoken, { dateStyle: "medium", timeStyle: "medium" });
  const show = time => {
    const at = new Date(time.dateTime);
    const text = time.firstChild;
    if (text?.nodeType !== Node.TEXT_NODE || isNaN(at))
      return;
    const shown = clock.format(at);
    if (text.data !== shown)
      text.data = shown;
  };
  const showAll = node => {
    if (node.nodeType === Node.ELEMENT_NODE)
      (node.localName === "time" ? [node] : node.querySelectorAll("time[datetime]")).forEach(show);
  };
  const seen = changes => changes.forEach(change => {
    const time = change.target.nodeType === Node.TEXT_NODE ? change.target.parentNode : change.target;
    if (time?.localName === "time")
      show(time);
    change.addedNodes.forEach(showAll);
  });
  new MutationObserver(seen).observe(document.body, { subtree: true, childList: true, characterData: true, attributeFilter: ["datetime"] });
  showAll(document.body);

  window.tonari = { drafts };
})();
