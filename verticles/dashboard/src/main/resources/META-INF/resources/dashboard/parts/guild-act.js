import { el, keyed, say } from '../dom.js';
import { snowflake } from '../model/bot.js';
import { text } from '../model/orders.js';

let forms = 0;

/** What a moderator does. Everybody may try; who may is the server's to say. */
class GuildAct extends HTMLElement {
  #n = ++forms;
  #whom = el('select', { id: `whom-${this.#n}`, required: true, 'data-testid': 'warn-whom' });
  #reason = el('input', { id: `why-${this.#n}`, value: 'Please keep it friendly', maxlength: 500, 'data-testid': 'warn-reason' });
  #said = el('p', { class: 'aside', role: 'status', 'data-testid': 'said' });
  #person;

  connectedCallback() {
    const form = el(
      'form',
      { 'aria-label': 'Warn somebody' },
      el('label', { for: `whom-${this.#n}` }, 'Warn'),
      this.#whom,
      el('label', { for: `why-${this.#n}` }, 'because'),
      this.#reason,
      el('button', { 'data-testid': 'warn' }, 'Warn'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const data = { caseId: snowflake(), userId: this.#whom.value, reason: this.#reason.value };
      this.#person.say('moderation:warned', data);
    });
    this.append(form, this.#said);
  }

  /** @param {import('../model/person.js').Person} person */
  show(person) {
    this.#person = person;
    const members = person.all('member').map((m) => ({ ...m, key: m.userId }));
    const create = (m) => el('option', { value: m.userId });
    keyed(this.#whom, members.reverse(), create, (option, m) => say(option, text(m.name) || 'somebody'));
    say(this.#said, person.said);
  }
}

customElements.define('mr-guild-act', GuildAct);
