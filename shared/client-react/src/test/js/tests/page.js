import { JSDOM } from 'jsdom';

const { window } = new JSDOM('<!doctype html><body></body>', { url: 'http://shop.test/', pretendToBeVisual: true });
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });
Object.defineProperty(globalThis, 'navigator', { value: window.navigator, configurable: true });

const { act, createElement, StrictMode } = await import('react');
const { createRoot } = await import('react-dom/client');
const { MillraceProvider } = await import('@millrace/react');
const { WebSocket } = await import('ws');

/** A page with a provider of a test's server around what is shown; in strict mode, as a new project has it. */
export class Page {
  #container = document.createElement('div');
  #root = createRoot(this.#container);
  #provided;

  constructor(server, provided = {}) {
    this.#provided = { url: server?.url, WebSocket, share: false, ...provided };
    document.body.append(this.#container);
  }

  async show(...children) {
    await act(async () => this.showNow(...children));
  }

  /** And React does the rest when it likes to. */
  showNow(...children) {
    const provider = createElement(MillraceProvider, this.#provided, ...children);
    this.#root.render(createElement(StrictMode, null, provider));
  }

  async close() {
    await act(async () => this.#root.unmount());
    this.#container.remove();
  }

  get text() {
    return this.#container.textContent;
  }

  find(css) {
    return this.#container.querySelector(css);
  }

  /** Lets what is to come come, until it is so; fails after 5 s with what is shown. */
  async until(holds, what = String(holds)) {
    const end = Date.now() + 5_000;
    while (!holds()) {
      if (Date.now() > end) {
        throw new Error(`never: ${what}; shown is "${this.text}"`);
      }
      await turn();
    }
  }
}

export { act };

export const turn = (ms = 5) => act(() => new Promise((turned) => setTimeout(turned, ms)));
