/** So long ago a figure may be to which a newer one is compared, in ms of the node's own clock: longer is smoother, and later. */
const SPAN = 8_000;
/** How many readings are compared, and how many points a chart has: half an hour of them. */
const READINGS = 6;
const POINTS = 900;

/** Of all nodes together some figures are no sum: every node tells the same, or the worst one counts. */
const WORST = new Set(['depth', 'deadOpen', 'oldestMicros']);

/**
 * How the nodes are, by readings of `GET /api/cluster`, and how fast their totals grow. A figure that no node tells, as one of
 * an older release doesn't, is `undefined`, which is not 0.
 */
export class Cluster {
  #readings = [];

  /** What was read last: nodes, sources, sinks. */
  nodes = [];
  sources = [];
  sinks = [];
  /** When that was, ms since 1970; undefined before the first time. */
  at;
  /** Nodes that have been there since the page was opened and aren't any more, by their names: when they were last heard. */
  gone = new Map();
  /** @type {{at: number, values: Record<string, number | undefined>}[]} what charts show, the oldest first */
  points = [];

  /** @param {{nodes: object[], sources: object[], sinks: object[]}} reading */
  take({ nodes, sources, sinks }, at) {
    const names = new Set(nodes.map(({ node }) => node));
    this.nodes.filter(({ node }) => !names.has(node)).forEach(({ node }) => this.gone.set(node, this.at));
    names.forEach((name) => this.gone.delete(name));
    // A release replaces all nodes, one after the other, day after day.
    [...this.gone.keys()].slice(0, -20).forEach((name) => this.gone.delete(name));
    Object.assign(this, { nodes, sources, sinks, at });
    this.#readings.push(new Map(nodes.map((node) => [node.node, node.figures])));
    this.#readings.splice(0, this.#readings.length - READINGS);
    this.points.push({ at, values: this.#point() });
    this.points.splice(0, this.points.length - POINTS);
  }

  /** The nodes that run a stage. */
  running(stage) {
    return this.nodes.filter(({ stages }) => stages.includes(stage));
  }

  /** Whether a node that runs the stage is of a release that tells no figures. */
  silent(stage) {
    return this.running(stage).some(({ figures }) => figures === undefined);
  }

  /** What is now, of all nodes that tell it. */
  value(stage, figure) {
    const told = this.nodes.map(({ figures }) => figures?.[stage]?.[figure]).filter((value) => value !== undefined);
    return together(figure, told);
  }

  /** By how much a total grows in a second. */
  rate(stage, figure) {
    const rates = this.nodes.map(({ node }) => this.#grown(node, stage, figure)).filter((value) => value !== undefined);
    return rates.length === 0 ? undefined : rates.reduce((a, b) => a + b, 0);
  }

  /** How much of `total` there was lately for each of `number`, such as microseconds for each commit. */
  mean(stage, total, number) {
    const many = this.rate(stage, number);
    return many > 0 ? this.rate(stage, total) / many : undefined;
  }

  /**
   * The breakers of a stage, the worst state of all nodes.
   *
   * @returns {{stage: string, backend: string, state: number, ms: number, nodes: string[]}[]} 0 closed, 1 half-open, 2 open
   */
  breakers(stage) {
    const worst = new Map();
    for (const { node, figures } of this.nodes) {
      for (const [name, state] of Object.entries(figures?.[stage] ?? {})) {
        const [, backend] = /^breaker\.(.+?)(?<!\.ms)$/.exec(name) ?? [];
        if (backend !== undefined) {
          const known = worst.get(backend) ?? { stage, backend, state: 0, ms: 0, nodes: [] };
          state > 0 && known.nodes.push(node);
          known.state = Math.max(known.state, state);
          known.ms = Math.max(known.ms, figures[stage][`${name}.ms`] ?? 0);
          worst.set(backend, known);
        }
      }
    }
    return [...worst.values()];
  }

  #grown(node, stage, figure) {
    const all = this.#readings.map((reading) => reading.get(node)).filter((figures) => figures?.node?.upMs !== undefined);
    const last = all.at(-1);
    const first = all.find((figures) => last.node.upMs - figures.node.upMs <= SPAN);
    const ms = last === undefined ? 0 : last.node.upMs - first.node.upMs;
    const now = last?.[stage]?.[figure];
    return ms <= 0 || now === undefined ? undefined : Math.max(0, (1_000 * (now - (first[stage]?.[figure] ?? 0))) / ms);
  }

  #point() {
    return {
      accepted: this.rate('ingest', 'accepted'),
      committed: this.rate('persistence', 'events'),
      delivered: this.rate('broadcast', 'deliveries'),
      depth: this.value('queue', 'depth'),
      oldest: scaled(this.value('queue', 'oldestMicros'), 1e6),
      answer: scaled(this.mean('ingest', 'requestMicros', 'requests'), 1e3),
      commit: scaled(this.mean('persistence', 'commitMicros', 'commits'), 1e3),
      delivery: scaled(this.mean('broadcast', 'deliveryMicros', 'delivered'), 1e3),
      connections: this.value('broadcast', 'connections'),
    };
  }
}

function together(figure, told) {
  if (told.length === 0) {
    return undefined;
  }
  return WORST.has(figure) ? Math.max(...told) : told.reduce((a, b) => a + b, 0);
}

const scaled = (value, by) => (value === undefined ? undefined : value / by);
