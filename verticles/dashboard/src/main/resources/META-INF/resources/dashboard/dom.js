/**
 * An element with attributes and children. Strings become text nodes and nothing else: what an event says is shown,
 * never interpreted.
 *
 * @param {string} tag
 * @param {Record<string, string | number | boolean | undefined>} [attributes]
 * @param {...(Node | string)} children
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

/** Touches only what differs, so that a redraw of the same thing costs nothing. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) {
      element.removeAttribute(name);
    } else if (element.getAttribute(name) !== String(value)) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
}

export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/**
 * Makes a list's children be those of `items`, in order, keeping the elements of items that stay: a row that is being
 * read isn't replaced under the reader.
 *
 * @template T
 * @param {Element} list
 * @param {T[]} items each with a `key`
 * @param {(item: T) => Element} create
 * @param {(element: Element, item: T) => void} update
 */
export function keyed(list, items, create, update) {
  const old = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const wanted = new Set(items.map((item) => String(item.key)));
  for (const [key, child] of old) {
    if (!wanted.has(key)) {
      child.remove();
    }
  }
  let next = list.firstElementChild;
  for (const item of items) {
    let child = old.get(String(item.key));
    if (child === undefined) {
      child = create(item);
      child.dataset.key = item.key;
    }
    if (child === next) {
      next = next.nextElementSibling;
    } else {
      list.insertBefore(child, next);
    }
    update(child, item);
  }
}
