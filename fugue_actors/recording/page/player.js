"use strict";
/* Plays the recording that stands in this page. No network, no storage.
 *
 * A picture is a list of rows, and a row a number: so pictures of moments between are made from
 * the last stored one before, and only rows that differ are drawn again. */
(async () => {
  const STORE_EACH = 100; // pictures between two that are stored whole
  const PAUSE = 1500; // milliseconds; what lasts longer is a pause
  const KINDS = { message: "message", state: "state", control: "control" };
  const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 32];
  const at = (id) => document.getElementById(id);

  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  let tape;
  try {
    tape = await unpacked(at("recording").textContent.trim());
  } catch (error) {
    at("trouble").textContent = `This recording cannot be read: ${error.message}`;
    at("trouble").hidden = false;
    return;
  }

  // ---- pictures

  const stored = []; // every so many: [columns, lines, rows]
  {
    let columns = 0, lines = 0, rows = [];
    tape.frames.forEach((frame, index) => {
      if (frame[3]) [columns, lines, rows] = [frame[3], frame[4], Array(frame[4]).fill(0)];
      for (let i = 5; i < frame.length; i += 2) rows[frame[i]] = frame[i + 1];
      if (index % STORE_EACH === 0) stored.push([columns, lines, rows.slice()]);
    });
  }

  function picture(index) {
    const from = Math.floor(index / STORE_EACH);
    let [columns, lines, rows] = stored[from];
    rows = rows.slice();
    for (let number = from * STORE_EACH + 1; number <= index; number++) {
      const frame = tape.frames[number];
      if (frame[3]) [columns, lines, rows] = [frame[3], frame[4], Array(frame[4]).fill(0)];
      for (let i = 5; i < frame.length; i += 2) rows[frame[i]] = frame[i + 1];
    }
    return { columns, lines, rows };
  }

  /** The last picture that is not later than a moment. */
  function indexAt(moment) {
    let low = 0, high = tape.frames.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (tape.frames[middle][0] <= moment) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  // ---- drawing

  const screen = at("screen");
  const cursor = document.createElement("span");
  cursor.id = "cursor";
  let shown = -1, drawn = [];

  function drawRow(element, number) {
    element.replaceChildren(...tape.rows[number].map(([style, text, width]) => {
      const span = document.createElement("span");
      span.className = width ? `s${style} w${width}` : `s${style}`;
      span.textContent = text;
      return span;
    }));
  }

  function show(index) {
    if (index === shown) return;
    const { rows } = picture(index);
    while (screen.children.length > rows.length) screen.lastChild.remove();
    while (screen.children.length < rows.length) screen.append(document.createElement("div"));
    drawn.length = rows.length;
    rows.forEach((number, y) => {
      if (drawn[y] === number) return;
      drawRow(screen.children[y], number);
      drawn[y] = number;
    });
    const [, x, y] = tape.frames[index];
    cursor.remove();
    if (x >= 0 && screen.children[y]) {
      cursor.style.left = `${x}ch`;
      screen.children[y].append(cursor);
      drawn[y] = -1; // so that the cursor is no part of a row for long
    }
    shown = index;
  }

  function fit() {
    const stage = at("stage");
    screen.style.fontSize = "16px";
    screen.style.minWidth = `${tape.columns}ch`;
    const room = stage.clientWidth - 12;
    const size = Math.max(7, Math.min(16, (16 * room) / screen.getBoundingClientRect().width));
    screen.style.fontSize = `${Math.floor(size * 10) / 10}px`;
    screen.style.minHeight = `${tape.lines * 1.2}em`;
    drawMarks();
  }

  // ---- the line of time

  const happened = [
    ...tape.notes,
    ...tape.markers.map(({ at: moment, label }) => ({ at: moment, kind: "marker", label })),
  ].sort((one, other) => one.at - other.at);
  const end = Math.max(tape.end, 1);
  const seek = at("seek"), marks = at("marks"), hint = at("hint");
  seek.max = String(end);
  const THUMB = 8; // half of the slider's handle, which stays within the line
  const place = (moment, width) => THUMB + (moment / end) * (width - 2 * THUMB);

  function drawMarks() {
    const width = marks.clientWidth, scale = devicePixelRatio || 1;
    marks.width = width * scale;
    marks.height = 18 * scale;
    const pen = marks.getContext("2d"), look = getComputedStyle(document.documentElement);
    pen.scale(scale, scale);
    // A canvas knows no light-dark(): an element says what that is now.
    const probe = document.createElement("i");
    document.body.append(probe);
    const colours = {};
    for (const kind of ["message", "state", "control", "other"]) {
      probe.style.color = look.getPropertyValue(`--${kind}`);
      colours[kind] = getComputedStyle(probe).color;
    }
    probe.remove();
    for (const { at: moment, kind } of happened) {
      pen.fillStyle = colours[KINDS[kind] || "other"];
      const lane = { message: 0, state: 6, control: 12 }[kind] ?? 12;
      pen.fillRect(place(moment, width) - 1, lane, 2, 6);
    }
  }

  function stamp(moment) {
    const whole = Math.floor(moment / 1000);
    const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const two = (number) => String(number).padStart(2, "0");
    return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
  }

  const list = at("list");
  const buttons = happened.map((one) => {
    const button = document.createElement("button");
    button.type = "button";
    for (const [name, text] of [["at", stamp(one.at)], ["kind", one.kind], ["label", one.label]]) {
      const part = document.createElement("span");
      part.className = name;
      part.textContent = text;
      button.append(part);
    }
    button.addEventListener("click", () => go(one.at));
    const item = document.createElement("li");
    item.append(button);
    list.append(item);
    return button;
  });
  at("events").hidden = !happened.length;
  at("before").hidden = at("after").hidden = !happened.length;

  function near(x, width) {
    let found = null, least = 7;
    for (const one of happened) {
      const away = Math.abs(place(one.at, width) - x);
      if (away <= least) [found, least] = [one, away];
    }
    return found;
  }

  document.querySelector(".line").addEventListener("pointermove", (event) => {
    const box = marks.getBoundingClientRect();
    const one = near(event.clientX - box.left, box.width);
    hint.hidden = !one;
    if (!one) return;
    hint.textContent = `${stamp(one.at)}  ${one.label}`;
    const left = place(one.at, box.width) - hint.offsetWidth / 2;
    hint.style.left = `${Math.max(0, Math.min(box.width - hint.offsetWidth, left))}px`;
  });
  document.querySelector(".line").addEventListener("pointerleave", () => { hint.hidden = true; });
  marks.addEventListener("click", (event) => {
    const box = marks.getBoundingClientRect();
    const one = near(event.clientX - box.left, box.width);
    const x = (event.clientX - box.left - THUMB) / (box.width - 2 * THUMB);
    go(one ? one.at : x * end);
  });

  // ---- the clock

  let now = 0, speed = 1, isPlaying = false, before = 0, current = -1;

  function tell() {
    show(indexAt(now));
    seek.value = String(Math.round(now));
    seek.setAttribute("aria-valuetext", `${stamp(now)} of ${stamp(end)}`);
    at("clock").textContent = `${stamp(now)} / ${stamp(end)}`;
    let last = happened.length - 1;
    while (last >= 0 && happened[last].at > now) last -= 1;
    if (last === current) return;
    buttons[current]?.removeAttribute("aria-current");
    current = last;
    buttons[current]?.setAttribute("aria-current", "true");
    at("now").textContent = current < 0 ? "" : `${stamp(happened[current].at)}  ${happened[current].label}`;
  }

  function go(moment) {
    now = Math.max(0, Math.min(end, moment));
    before = performance.now();
    tell();
  }

  /** The next moment at which anything happens, or the end. */
  function nextMoment() {
    const frame = tape.frames[indexAt(now) + 1];
    const note = happened.find((one) => one.at > now);
    return Math.min(frame ? frame[0] : end, note ? note.at : end);
  }

  function tick(time) {
    if (!isPlaying) return;
    now += (time - before) * speed;
    before = time;
    if (at("skip").checked && nextMoment() - now > PAUSE) now = nextMoment() - PAUSE / 2;
    if (now >= end) {
      now = end;
      play(false);
    }
    tell();
    if (isPlaying) requestAnimationFrame(tick);
  }

  function play(wanted) {
    if (wanted && now >= end) now = 0;
    isPlaying = wanted;
    at("play").textContent = wanted ? "Pause" : "Play";
    before = performance.now();
    if (wanted) requestAnimationFrame(tick);
  }

  function setSpeed(wanted) {
    speed = wanted;
    at("speed").value = String(wanted);
  }

  function step(by) {
    play(false);
    const index = Math.max(0, Math.min(tape.frames.length - 1, indexAt(now) + by));
    go(tape.frames[index][0]);
  }

  function toEvent(by) {
    const others = happened.filter((one) => (by > 0 ? one.at > now : one.at < now - 1));
    const found = by > 0 ? others[0] : others[others.length - 1];
    if (found) go(found.at);
  }

  at("play").addEventListener("click", () => play(!isPlaying));
  at("back").addEventListener("click", () => go(now - 5000));
  at("forward").addEventListener("click", () => go(now + 5000));
  at("before").addEventListener("click", () => toEvent(-1));
  at("after").addEventListener("click", () => toEvent(1));
  at("speed").addEventListener("change", () => setSpeed(Number(at("speed").value)));
  seek.addEventListener("input", () => go(Number(seek.value)));

  const keys = {
    " ": () => play(!isPlaying),
    ArrowLeft: () => go(now - 5000),
    ArrowRight: () => go(now + 5000),
    ",": () => step(-1),
    ".": () => step(1),
    "[": () => toEvent(-1),
    "]": () => toEvent(1),
    "-": () => setSpeed(SPEEDS[Math.max(0, SPEEDS.indexOf(speed) - 1)]),
    "+": () => setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, SPEEDS.indexOf(speed) + 1)]),
    Home: () => go(0),
    End: () => go(end),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const isNumber = /^[0-9]$/.test(event.key);
    const action = isNumber ? () => go((end * Number(event.key)) / 10) : keys[event.key];
    const isOwn = event.target.closest("select, summary") || (event.key === " " && event.target.closest("button, input"));
    if (!action || isOwn) return;
    event.preventDefault();
    action();
  });

  // ---- the rest of the page

  const theme = at("theme");
  const wantsLight = matchMedia("(prefers-color-scheme: light)");
  function tellTheme() {
    const isLight = document.documentElement.dataset.theme
      ? document.documentElement.dataset.theme === "light"
      : wantsLight.matches;
    theme.setAttribute("aria-pressed", String(isLight));
    drawMarks();
  }
  theme.addEventListener("click", () => {
    const isLight = theme.getAttribute("aria-pressed") === "true";
    document.documentElement.dataset.theme = isLight ? "dark" : "light";
    tellTheme();
  });
  wantsLight.addEventListener("change", tellTheme);
  if (tape.began !== null) at("began").textContent = new Date(tape.began).toLocaleString();
  new ResizeObserver(fit).observe(at("stage"));
  go(0);
  fit();
  tellTheme();
  document.documentElement.dataset.ready = "true";
})();
