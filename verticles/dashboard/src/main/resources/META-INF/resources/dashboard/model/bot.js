const CHANNELS = ['general', 'help', 'showcase'];
const NAMES = ['Mara', 'Tim', 'Noor', 'Sam', 'Ilse', 'Kofi'];
const LINES = [
  'Does anybody know why my build fails?',
  'It was the cache. It is always the cache.',
  'Look at this: 20 ms from the gateway to your screen.',
  'Can a moderator have a look at the last one?',
  'Good morning from Accra!',
  'Have you tried it without Kafka? It still works.',
];

/** Plays Discord's side: what a bot would pass on of its guild. */
export class Bot {
  #client;

  /** @param {import('/client/millrace.d.ts').Millrace} client */
  constructor(client) {
    this.#client = client;
  }

  /** The guild's own things, so that there is somebody to write. */
  async settle(guildId) {
    await this.#send('guild:updated', { guildId, name: 'The Mill', memberCount: NAMES.length });
    CHANNELS.forEach((name, i) => this.#send('channel:created', { guildId, channelId: `${guildId}${i + 1}`, name }));
    for (const name of NAMES) {
      await this.joins(guildId, name);
    }
  }

  joins(guildId, name = `Guest ${snowflake().slice(-3)}`) {
    const userId = name.toLowerCase().replaceAll(' ', '-');
    return this.#send('member:joined', { guildId, userId, memberId: `${guildId}/${userId}`, name });
  }

  async writes(guildId) {
    const userId = pick(NAMES).toLowerCase();
    const channelId = `${guildId}${1 + Math.floor(Math.random() * CHANNELS.length)}`;
    this.#send('typing:started', { guildId, channelId, userId }, false);
    await new Promise((later) => setTimeout(later, 700));
    return this.#send('message:created', { guildId, channelId, messageId: snowflake(), userId, content: pick(LINES) });
  }

  reports(guildId, messageId) {
    return this.#send('moderation:reported', { guildId, caseId: snowflake(), messageId, reason: 'Reported as spam by two members' });
  }

  deletes(guildId, messageId) {
    return this.#send('message:deleted', { guildId, messageId });
  }

  raids(guildId) {
    return this.#send('security:raid', { guildId, joins: 40 + Math.floor(Math.random() * 60) });
  }

  #send(type, data, keep = true) {
    return this.#client.publish({ type, data }, { keep });
  }
}

/** An id as Discord makes them: a number that begins with the time. */
export function snowflake(now = Date.now()) {
  return String(((BigInt(now) - 1_420_070_400_000n) << 22n) | BigInt(++made % 4_096));
}

let made = 0;

const pick = (list) => list[Math.floor(Math.random() * list.length)];
