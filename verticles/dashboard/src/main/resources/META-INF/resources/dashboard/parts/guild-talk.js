import { el, keyed, say } from '../dom.js';
import { text } from '../model/orders.js';

const SHOWN = 7;

/** What is written in the guild, the newest first. */
class GuildTalk extends HTMLElement {
  #list = el('ol', { class: 'talk', 'data-testid': 'messages' });
  #typing = el('p', { class: 'aside typing', 'aria-hidden': 'true' });

  connectedCallback() {
    this.append(this.#typing, this.#list);
  }

  /** @param {import('../model/person.js').Person} person */
  show(person) {
    const channels = new Map(person.all('channel').map((c) => [c.channelId, c.name]));
    const messages = person.all('message').slice(0, SHOWN);
    const told = messages.map((m) => ({
      ...m,
      // What a bot's handler knew; for whoever isn't a member any more, that is all that is known.
      who: person.known(m.userId) ?? (text(m.context?.author) || 'somebody'),
      channel: channels.get(m.channelId) ?? m.context?.channel,
    }));
    keyed(this.#list, told, line, update);
    const typing = person.typing();
    const quiet = messages.length === 0 ? 'Nobody has written yet.' : '';
    say(this.#typing, typing.length > 0 ? `${typing.join(', ')} ${typing.length > 1 ? 'are' : 'is'} typing …` : quiet);
  }
}

function line() {
  return el(
    'li',
    { 'data-testid': 'message' },
    el('span', { class: 'name' }),
    el('span', { class: 'aside' }),
    el('p', { class: 'content' }),
  );
}

function update(element, message) {
  const [who, channel, content] = element.children;
  say(who, message.who);
  say(channel, message.channel === undefined ? '' : `#${text(message.channel)}`);
  say(content, String(message.content ?? ''));
}

customElements.define('mr-guild-talk', GuildTalk);
