/** The tags of a session, and for those who may, a way to change them. */

import { h, keyed, setAttribute, setText } from "./dom.js";
import { icon } from "./marks.js";

/**
 * @param {HTMLElement} host
 * @param {import("./app.js").App} app
 * @returns {{show: (session: import("./model.js").Document) => void}}
 */
export function mountTags(host, app) {
  /** @type {import("./model.js").Document} */
  let session = {};
  const list = h("ul.tags");
  const known = h("datalist", { id: "known-tags" });
  const input = h("input.input.tag-input", {
    "aria-label": "Add a tag",
    placeholder: "add a tag",
    list: "known-tags",
    autocomplete: "off",
    spellcheck: "false",
    on: { keydown: onKey },
  });
  const problem = h("p.problem", { role: "alert" });
  host.append(h("h3", { text: "Tags" }), h("div.tags-line", {}, list, input, known), problem);

  function show(shown) {
    if (shown.session_id !== session.session_id) {
      input.value = "";
      setText(problem, "");
    }
    session = shown;
    const mayAct = app.whyNot === null;
    setAttribute(input, "disabled", !mayAct);
    setAttribute(input, "title", app.whyNot);
    setAttribute(input, "hidden", app.connection.welcome?.role === "observer");
    keyed(
      list,
      session.tags,
      (tag) => tag,
      (tag) =>
        h(
          "li.tag",
          {},
          h("span", { text: tag }),
          h(
            "button.tag-remove",
            { type: "button", "aria-label": `Remove the tag ${tag}`, on: { click: () => change({ remove: [tag] }) } },
            icon("close"),
          ),
        ),
      (element) => setAttribute(element.lastElementChild, "hidden", !mayAct),
    );
    setAttribute(host, "hidden", session.tags.length === 0 && input.hidden);
    const others = [...app.model.sessions.values()].flatMap(({ tags }) => tags);
    const offered = [...new Set(others)].filter((tag) => !session.tags.includes(tag)).sort();
    keyed(known, offered, (tag) => tag, (tag) => h("option", { value: tag }));
  }

  function onKey(event) {
    if (event.key === "Escape") input.blur();
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    const tags = input.value.split(/[\s,]+/).filter(Boolean);
    if (tags.length > 0) change({ add: tags });
  }

  async function change(wish) {
    const asked = session.session_id;
    try {
      await app.connection.request("set_tags", { session: asked, ...wish });
      if (asked !== session.session_id) return;
      setText(problem, "");
      if (wish.add) input.value = "";
      app.announce(wish.add ? `Tagged ${wish.add.join(", ")}` : `Removed the tag ${wish.remove.join(", ")}`);
    } catch (error) {
      if (asked === session.session_id) setText(problem, [error.message, error.hint].filter(Boolean).join(". "));
    }
  }

  return { show };
}
