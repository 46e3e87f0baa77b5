import { Millrace } from '@millrace/client';
import { createContext, createElement, useContext, useEffect, useMemo } from 'react';
import { useLatest } from './latest.js';
import { Session } from './session.js';

const SessionContext = createContext(undefined);

/**
 * Gives the components within one connection: that of `client`, or one of its own with the client's options as properties. Its own
 * is opened after the first render, closed when it is unmounted, and replaced when `url` or a `token` that is a text changes.
 */
export function MillraceProvider({ client, children, ...options }) {
  const latest = useLatest(options);
  const { url, token } = options;
  const fixed = typeof token === 'function' ? undefined : token;
  const asked = typeof token === 'function';
  const session = useMemo(() => {
    const made = () => new Millrace({ ...latest.current, url, token: asked ? () => latest.current.token() : fixed });
    return client === undefined ? new Session(made, true) : new Session(() => client, false);
  }, [client, url, asked, fixed]);
  useEffect(() => session.hold(), [session]);
  return createElement(SessionContext.Provider, { value: session }, children);
}

/** @returns {Session} */
export function useSession() {
  const session = useContext(SessionContext);
  if (session === undefined) {
    throw new Error('There is no <MillraceProvider> around this component.');
  }
  return session;
}
