import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';

/** Waits until every message that is being handled has its answer; in a workflow that was cancelled too. */
export function handlersFinished(): Promise<void> {
  // In a cancelled scope every condition fails, one that holds already too.
  return CancellationScope.nonCancellable(() => condition(allHandlersFinished));
}
