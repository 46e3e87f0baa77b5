import { say } from './dom.js';

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
      panel.dataset.status = status;
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
      return denied(words, client.identity);
    case 'failed':
      return `Can't show ${words}: ${problem || 'the server refused, and gave no reason'}.`;
    default:
      return '';
  }
}

function denied(words, identity) {
  const roles = identity?.roles ?? [];
  const stranger = roles.length === 0 || roles.includes('public');
  return stranger ? `Sign in to see ${words}.` : `The role ${roles.join(', ')} may not see ${words}.`;
}
