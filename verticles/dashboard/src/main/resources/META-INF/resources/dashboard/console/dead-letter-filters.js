import { el } from '../dom.js';

/** Which letters are shown: a form whose fields are named as the parameters of the address. */
export class LetterFilters {
  element = el(
    'form',
    { class: 'letter-filters', 'aria-label': 'Which letters' },
    field('type', 'Type'),
    field('stream', 'Stream'),
    field('source', 'Source'),
    field('reason', 'Reason'),
    choice('since', 'Died in', { '': 'all time', hour: 'the last hour or two', day: 'the last day', week: 'the last week', month: 'the last 30 days' }),
    field('from', 'From, UTC', { type: 'datetime-local' }),
    field('to', 'Until, UTC', { type: 'datetime-local' }),
    choice('state', 'State', { dead: 'open', redriven: 'redriven', discarded: 'discarded', all: 'any' }),
    el('button', { class: 'plain' }, 'Show'),
  );

  /** @param {(given: Record<string, string>) => void} chosen is told what was filled in */
  constructor(chosen) {
    const tell = () => chosen(Object.fromEntries(new FormData(this.element)));
    this.element.addEventListener('change', tell);
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      tell();
    });
  }

  /** @param {URLSearchParams} params */
  fill(params) {
    for (const part of this.element.elements) {
      if (part.name) {
        part.value = params.get(part.name) ?? (part.name === 'state' ? 'dead' : '');
      }
    }
  }
}

function field(name, label, attributes = {}) {
  return el('div', {}, el('label', { for: `letters-${name}` }, label), el('input', { id: `letters-${name}`, name, 'data-testid': `filter-${name}`, autocomplete: 'off', ...attributes }));
}

function choice(name, label, choices) {
  const options = Object.entries(choices).map(([value, words]) => el('option', { value }, words));
  return el('div', {}, el('label', { for: `letters-${name}` }, label), el('select', { id: `letters-${name}`, name, 'data-testid': `filter-${name}` }, ...options));
}
