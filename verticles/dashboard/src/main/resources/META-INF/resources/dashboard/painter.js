/** Between two paintings, in ms: quick enough to look immediate, slow enough to leave a busy page its processor. */
const EVERY = 100;
/** Where nobody looks, browsers stop giving frames; the page still keeps its elements true. */
const UNSEEN = 1_000;

/** Gathers changes and paints once for all of them, however many events came. */
export class Painter {
  #paint;
  #due = false;
  #last = 0;

  /** @param {() => void} paint */
  constructor(paint) {
    this.#paint = paint;
  }

  soon = () => {
    if (this.#due) {
      return;
    }
    this.#due = true;
    const wait = document.hidden ? UNSEEN : Math.max(0, this.#last + EVERY - performance.now());
    setTimeout(() => (document.hidden ? this.#now() : requestAnimationFrame(() => this.#now())), wait);
  };

  #now() {
    this.#due = false;
    this.#last = performance.now();
    this.#paint();
  }
}
