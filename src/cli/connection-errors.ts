import { grpcCodeOf } from '../grpc-code.ts';

// Status codes of gRPC.
const DEADLINE_EXCEEDED = 4;
const FAILED_PRECONDITION = 9;
const UNAVAILABLE = 14;

/** Whether the server cannot be reached. */
export function isConnectionLost(error: unknown): boolean {
  return grpcCodeOf(error) === UNAVAILABLE;
}

/** Whether the server is there, but nobody who could answer for a workflow. */
export function noWorkerAnswers(error: unknown): boolean {
  const code = grpcCodeOf(error);
  return code === DEADLINE_EXCEEDED || code === FAILED_PRECONDITION;
}
