import { ago, count } from '../format.js';

const LEVELS = { failing: 'warn', stopped: 'bad' };

/** A source or a sink on the node that does most of it. */
export const doing = ({ nodes, state }) => nodes.find((node) => node.state === state) ?? nodes[0];

/** The cells that sources and sinks have alike: state, node, how much waits, the last message, what is wrong. */
export function cells(task) {
  const node = doing(task);
  const problem = node.problem ?? (task.state === 'failing' || task.state === 'stopped' ? node.lastError?.message : undefined);
  const error = node.lastError && `${node.lastError.message} (${ago(Date.parse(node.lastError.at))})`;
  return [
    task.kind,
    { text: task.state, level: LEVELS[task.state] },
    task.state === 'waiting' ? 'nobody yet' : node.node,
    { text: node.lag === undefined ? '–' : count(node.lag), number: true },
    node.lastMessage === undefined ? 'never' : ago(Date.parse(node.lastMessage)),
    { text: problem?.replace(/^(failing|stopped): /, '') ?? error ?? '–', level: problem ? (LEVELS[task.state] ?? 'warn') : undefined },
  ];
}
