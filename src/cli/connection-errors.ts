import { isGrpcServiceError } from '@temporalio/client';

// Status codes of gRPC.
const DEADLINE_EXCEEDED = 4;
const FAILED_PRECONDITION = 9;
const UNAVAILABLE = 14;

/** Whether the server cannot be reached. */
export function isConnectionLost(error: unknown): boolean {
  return codeOf(error) === UNAVAILABLE;
}

/** Whether the server is there, but nobody who could answer for a workflow. */
export function noWorkerAnswers(error: unknown): boolean {
  const code = codeOf(error);
  return code === DEADLINE_EXCEEDED || code === FAILED_PRECONDITION;
}

function codeOf(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && error.cause !== undefined ? codeOf(error.cause) : undefined;
}
