import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import { CONNECTING, ConnectionStore } from './connection-store.js';
import { KpiStore, UNKNOWN } from './kpi-store.js';
import { useLatest } from './latest.js';
import { NOBODY_ASKED, PresenceStore } from './presence-store.js';
import { useSession } from './provider.js';
import { EntityStore, EventListener, EventStore, WAITING } from './stream-store.js';

/** Where nothing is asked for. */
const IDLE = Object.freeze({ ...WAITING, status: 'idle' });
const NO_KPI = Object.freeze({ ...UNKNOWN, status: 'idle' });
const STREAM_OPTIONS = ['filter', 'after', 'rate', 'slow'];
/** How many events a component is shown, unless it says otherwise. */
const LIMIT = 50;

/** The connection, and what one may do with it. */
export function useConnection() {
  const session = useSession();
  const shown = useStored(session, 'connection', (s, ended) => new ConnectionStore(s, ended), (store) => store?.snapshot ?? CONNECTING);
  const connect = useCallback(() => session.client.connect(), [session]);
  return { ...shown, connect };
}

/** The newest events of a stream, and whether more come. Without a stream nothing is followed. */
export function useStream(stream, { types, limit = LIMIT, ...options } = {}) {
  const asked = streamOptions(options);
  const wanted = listOf(types);
  const key = followed(stream) && JSON.stringify(['events', stream, asked, wanted, limit]);
  const make = (session, ended) => new EventStore(session, stream, asked, wanted, limit, ended);
  return useStored(useSession(), key, make, (store) => store?.snapshot ?? WAITING) ?? IDLE;
}

/** Calls the handler with each event of these types, as it comes. Nothing is rendered for it. */
export function useEvent(stream, types, handler, options = {}) {
  const session = useSession();
  const latest = useLatest(handler);
  const asked = streamOptions(options);
  const wanted = listOf(types);
  const key = followed(stream) && JSON.stringify([stream, wanted, asked]);
  const listener = useMemo(
    () => (key === undefined ? undefined : new EventListener(session, stream, asked, wanted, (message) => latest.current(message))),
    [session, key],
  );
  useEffect(() => listener?.listen(() => {}), [listener]);
}

/** An entity as it stands. All components that ask for entities of a stream share one subscription. */
export function useEntity(stream, kind, id, options = {}) {
  const session = useSession();
  const asked = { ...streamOptions(options), state: true, delta: true };
  const key = followed(stream) && followed(id) && JSON.stringify(['entities', stream, asked]);
  const make = (s, ended) => new EntityStore(s, stream, asked, ended);
  const entity = useStored(session, key, make, (store) => store?.get(kind, id));
  const { status, error } = useStored(session, key, make, (store) => store?.snapshot ?? WAITING) ?? IDLE;
  return { entity, state: entity?.state, version: entity?.version, status, error };
}

/** A KPI of the packs as it stands, and as it changes. */
export function useKpi(name) {
  const key = followed(name) && JSON.stringify(['kpi', name]);
  const make = (session, ended) => new KpiStore(session, name, ended);
  return useStored(useSession(), key, make, (store) => store?.snapshot ?? UNKNOWN) ?? NO_KPI;
}

/** How many users are on a stream. */
export function usePresence(of) {
  const make = (session, ended) => new PresenceStore(session, of, ended);
  return useStored(useSession(), JSON.stringify(['presence', of]), make, (store) => store?.snapshot ?? NOBODY_ASKED);
}

/** The function that publishes: the same in each render. */
export function usePublish() {
  const session = useSession();
  return useCallback((event, how) => session.publish(event, how), [session]);
}

/**
 * What a store of the session shows. Rendering only looks whether there is one; it is made when the component listens. Without a key
 * there is none, and what is shown is undefined.
 */
function useStored(session, key, make, look) {
  const listen = useCallback((listener) => (key === undefined ? () => {} : session.listen(key, make, listener)), [session, key]);
  return useSyncExternalStore(
    listen,
    () => (key === undefined ? undefined : look(session.store(key))),
    () => (key === undefined ? undefined : look(undefined)),
  );
}

const followed = (name) => (name === undefined || name === null || name === '' ? undefined : name);

const listOf = (types) => (types === undefined || types === null ? undefined : [types].flat());

const streamOptions = (options) => Object.fromEntries(STREAM_OPTIONS.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
