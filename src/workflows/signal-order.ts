import { defineSignal, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';

/**
 * Handles several signals in the order in which they were sent. Signals that arrive before the workflow has begun are
 * handed over name by name as handlers are set, which would let a late approval overtake an early rejection; so those
 * are first collected, in order, whatever their names.
 *
 * The default handler does not stay: with one in place, a signal with a reserved name fails the workflow task for good.
 */
export function inDecisionOrder(handlers: Record<string, (payload: unknown) => void>): void {
  const early: (() => void)[] = [];
  const collect = (name: string, payload: unknown): void => {
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    if (handler !== undefined) early.push(() => handler(payload));
  };
  // A reserved name among the early ones throws and is dropped; the rest still has to be collected.
  for (let drained = false; !drained;) {
    try {
      setDefaultSignalHandler(collect);
      drained = true;
    } catch {
      setDefaultSignalHandler(undefined);
    }
  }
  setDefaultSignalHandler(undefined);
  for (const [name, handler] of Object.entries(handlers)) setHandler(defineSignal<[unknown]>(name), handler);
  for (const replay of early) replay();
}
