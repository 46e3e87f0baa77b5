/** As much of a page as the parts need that are tested without a browser. */
class Element extends EventTarget {
  #attributes = new Map();
  #text = '';
  children = [];
  dataset = {};

  append(...children) {
    this.children.push(...children);
  }

  replaceChildren(...children) {
    this.children = children;
  }

  insertBefore(child) {
    this.children.push(child);
  }

  get firstElementChild() {
    return this.children[0] ?? null;
  }

  get firstChild() {
    return this.children[0] ?? null;
  }

  get textContent() {
    return this.#text + this.children.map((child) => child.textContent ?? child).join('');
  }

  set textContent(text) {
    this.children = [];
    this.#text = text;
  }

  getAttribute(name) {
    return this.#attributes.get(name) ?? null;
  }

  setAttribute(name, value) {
    this.#attributes.set(name, value);
  }

  removeAttribute(name) {
    this.#attributes.delete(name);
  }

  showModal() {
    this.open = true;
  }

  /** The one below of this `data-testid`. */
  find(id) {
    const found = this.children.filter((child) => child instanceof Element);
    return this.getAttribute('data-testid') === id ? this : found.map((child) => child.find(id)).find(Boolean);
  }
}

const parts = new Map();
globalThis.HTMLElement = Element;
globalThis.document = { createElement: () => new Element() };
globalThis.customElements = { define: (name, of) => parts.set(name, of) };

/** A part of a page, in place. @param {string} name of its element */
export function part(name) {
  const made = new (parts.get(name))();
  made.connectedCallback();
  return made;
}
