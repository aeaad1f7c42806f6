// The little that a page does by itself. Everything else is done by Blazor.
(() => {
  "use strict";
  const root = document.documentElement;

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
      Object.keys(sessionStorage).filter(key => key.startsWith("tonari-")).forEach(key => sessionStorage.removeItem(key));
  });

  // Points in time, as the viewer's clock shows them. Only the text's characters are changed, never the nodes: those are Blazor's.
  const spoken = navigator.languages.find(l => l === root.lang || l.startsWith(root.lang + "-")) ?? root.lang;
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

  // Fields with an id that were typed in: those of a page that is made anew get it again. Never what is secret.
  const typedKey = "tonari-typed";
  const recent = 60_000;
  const touched = new Map();
  let missing = [];
  const isKept = field => field.id && field.isConnected && !["password", "file", "hidden"].includes(field.type) && !field.closest("[data-secret]");
  const isTicked = field => field.type === "checkbox" || field.type === "radio";
  for (const type of ["input", "change"]) {
    document.addEventListener(type, event => {
      if (!event.isTrusted)
        return;
      for (const field of touched.keys())
        if (!field.isConnected)
          touched.delete(field);
      touched.set(event.target, Date.now());
    }, true);
  }
  const typed = () => [...touched.keys()].filter(isKept).map(f => ({ id: f.id, value: isTicked(f) ? f.checked : f.value }));
  const tell = field => ["input", "change"].forEach(type => field.dispatchEvent(new Event(type, { bubbles: true })));
  const fill = ({ id, value }) => {
    const field = document.getElementById(id);
    if (!field || typeof value !== (isTicked(field) ? "boolean" : "string"))
      return false;
    if (field.localName === "select" && ![...field.options].some(o => o.value === value))
      return false;
    if ((isTicked(field) ? field.checked : field.value) !== value) {
      field[isTicked(field) ? "checked" : "value"] = value;
      tell(field);
    }
    touched.set(field, Date.now());
    return true;
  };
  const fillMissing = () => {
    if (missing.length > 0)
      missing = missing.filter(entry => !fill(entry));
  };

  new MutationObserver(changes => {
    for (const change of changes) {
      const time = change.target.nodeType === Node.TEXT_NODE ? change.target.parentNode : change.target;
      if (time?.localName === "time")
        show(time);
      change.addedNodes.forEach(showAll);
    }
    fillMissing();
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributeFilter: ["datetime"] });
  showAll(document.body);

  // Light and dark: a choice that is the system's anyway is none.
  const system = matchMedia("(prefers-color-scheme: dark)");
  const turn = () => {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
    const wanted = isDark ? "light" : "dark";
    const isSystems = (wanted === "dark") === system.matches;
    if (isSystems)
      delete root.dataset.theme;
    else
      root.dataset.theme = wanted;
    document.cookie = `tonari-theme=${wanted}; path=/; secure; samesite=strict; max-age=${isSystems ? 0 : 31_536_000}`;
  };

  const copy = async button => {
    const source = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.dataset.copied = "";
    setTimeout(() => delete button.dataset.copied, 2_500);
  };

  document.addEventListener("click", event => {
    const button = event.target.closest?.("[data-theme-switch], [data-copy], [data-reconnect], [popover] a, .tonari-skip");
    if (!button)
      return;
    if (button.classList.contains("tonari-skip")) {
      // Blazor would scroll there and leave the focus behind.
      event.preventDefault();
      document.getElementById("content").focus();
    }
    else if (button.dataset.themeSwitch !== undefined)
      turn();
    else if (button.dataset.copy)
      copy(button);
    else if (button.dataset.reconnect !== undefined)
      again();
    else if (button.closest(":popover-open"))
      button.closest("[popover]").hidePopover();
  });

  // The connection. Lost for a blink it is not worth a word.
  const lost = document.getElementById("connection-lost");
  const blink = 800;
  let wait = 0;
  const startAnew = () => {
    sessionStorage.setItem(typedKey, JSON.stringify({ at: location.href, fields: typed() }));
    location.reload();
  };
  const again = async () => {
    try {
      if (!await Blazor.reconnect() && !await Blazor.resumeCircuit())
        startAnew();
    } catch {
      // Nobody there yet: it goes on being tried.
    }
  };
  const back = () => {
    clearTimeout(wait);
    lost.close();
    // What was typed when nobody listened any more.
    const since = Date.now() - recent;
    const last = typed().filter(entry => touched.get(document.getElementById(entry.id)) > since);
    [...touched].filter(([field, at]) => field.isConnected && at > since && !field.closest("[data-secret]")).forEach(([field]) => tell(field));
    missing = last;
  };
  lost.addEventListener("components-reconnect-state-changed", ({ detail }) => {
    if (detail.state === "show")
      wait = setTimeout(() => lost.open || lost.showModal(), blink);
    else if (detail.state === "hide")
      back();
    else if (detail.state === "rejected" || detail.state === "resume-failed")
      startAnew();
  });
  lost.addEventListener("cancel", event => event.preventDefault());

  // Called once a page is alive.
  const live = () => {
    const kept = JSON.parse(sessionStorage.getItem(typedKey) ?? "null");
    sessionStorage.removeItem(typedKey);
    missing = kept?.at === location.href ? kept.fields : typed();
    fillMissing();
    setTimeout(() => missing = [], 10_000);
  };

  window.tonari = { drafts, live };

  Blazor.start({
    circuit: {
      // A line that is silent is lost: the server says something every 5 s.
      configureSignalR: connection => connection.withServerTimeout(15_000).withKeepAliveInterval(5_000),
      // At once, then ten times a second apart each, then every 5 s for as long as the page is open.
      reconnectionOptions: { dialogId: lost.id, maxRetries: Number.MAX_SAFE_INTEGER, retryIntervalMilliseconds: tries => tries === 0 ? 0 : tries <= 10 ? 1_000 : 5_000 },
    },
  });
})();
