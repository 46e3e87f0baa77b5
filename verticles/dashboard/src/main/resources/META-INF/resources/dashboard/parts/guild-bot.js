import { el, say } from '../dom.js';

/** Discord, played: in development the page has a bot's token too. */
class GuildBot extends HTMLElement {
  #words = el('p', { class: 'aside', role: 'status', 'data-testid': 'bot-said' });

  /**
   * @param {import('../model/bot.js').Bot} bot
   * @param {() => import('../model/person.js').Person} watcher somebody who sees what there is
   */
  begin(bot, watcher) {
    const newest = () => watcher().all('message')[0]?.messageId;
    const acts = [
      ['Somebody writes', 'writes', (guild) => bot.writes(guild)],
      ['Somebody joins', 'joins', (guild) => bot.joins(guild)],
      ['Report the newest message', 'reports', (guild) => bot.reports(guild, newest())],
      ['Delete it', 'deletes', (guild) => bot.deletes(guild, newest())],
      ['A raid', 'raids', (guild) => bot.raids(guild)],
    ];
    const buttons = acts.map(([label, name, act]) => {
      const button = el('button', { type: 'button', class: 'plain', 'data-testid': `bot-${name}` }, label);
      button.addEventListener('click', () => this.#do(label, bot, watcher(), act));
      return button;
    });
    this.replaceChildren(el('p', { class: 'buttons' }, ...buttons), this.#words);
  }

  async #do(label, bot, person, act) {
    try {
      say(this.#words, `${label} …`);
      const { guild } = person;
      if (person.all('member').length === 0) {
        await bot.settle(guild);
      }
      const { status } = await act(guild);
      say(this.#words, `${label}: ${status}`);
    } catch (e) {
      say(this.#words, `${label}: ${e.code ?? ''} ${e.message}`);
    }
  }
}

customElements.define('mr-guild-bot', GuildBot);
