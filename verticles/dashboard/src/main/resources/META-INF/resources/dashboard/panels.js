import { say } from './dom.js';

/**
 * Leaves on the page what the reader may see: a part that they may not isn't there. Where they may see their own, its
 * title says so.
 *
 * @param {(type: string) => 'all' | 'own' | 'none'} sees
 * @param {(kpi: string) => boolean} reads
 */
export function arrange(sees, reads) {
  for (const section of document.querySelectorAll('main > section')) {
    const { kpi, type, own } = section.dataset;
    const sight = kpi === undefined ? sees(type) : reads(kpi) ? 'all' : 'none';
    section.hidden = sight === 'none' || (sight === 'own' && own === undefined);
    if (sight === 'own' && own !== undefined) {
      say(section.querySelector('h2'), own);
    }
  }
  const all = [...document.querySelectorAll('main > section')];
  document.querySelector('main').dataset.view = all.some((section) => section.hidden) ? 'part' : 'all';
}

/**
 * Says in each panel why it shows nothing, and hides its numbers then: a zero would look like a fact.
 *
 * @param {import('./follow.js').Follow[]} streams
 * @param {import('/client/millrace.d.ts').Millrace} client
 */
export function notes(streams, client) {
  for (const { stream, status, problem } of streams) {
    for (const panel of document.querySelectorAll(`[data-stream="${stream}"]`)) {
      const words = sentence(status, problem, panel.dataset.words, client);
      const [note, ...parts] = [...panel.children].slice(1);
      say(note, words);
      note.hidden = words === '';
      parts.forEach((p) => (p.hidden = words !== ''));
    }
  }
}

function sentence(status, problem, words, client) {
  switch (status) {
    case 'loading':
      return client.state.name === 'signed out' ? `Sign in to see ${words}.` : 'Waiting for what has happened so far …';
    case 'denied':
      return `You may not see ${words} any more.`;
    case 'failed':
      return `Can't show ${words}: ${problem || 'the server refused, and gave no reason'}.`;
    default:
      return '';
  }
}
