import { useEffect } from 'preact/hooks';

const lookMs = 30_000;

/** Loads something again when an event of the window says that it has changed, and every half minute. */
export function useKeptFresh(changedEvent: string, reload: () => void): void {
  useEffect(() => {
    addEventListener(changedEvent, reload);
    const timer = setInterval(reload, lookMs);
    return () => {
      removeEventListener(changedEvent, reload);
      clearInterval(timer);
    };
  }, []);
}
