import { useEffect, useLayoutEffect, useRef } from 'react';

/** A layout effect has no meaning on a server, and React 18 says so in its log. */
const useBeforePaint = globalThis.document === undefined ? useEffect : useLayoutEffect;

/** What the last render that was shown had. */
export function useLatest(value) {
  const latest = useRef(value);
  useBeforePaint(() => {
    latest.current = value;
  });
  return latest;
}
