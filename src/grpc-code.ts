import { isGrpcServiceError } from '@temporalio/client';

/** The status code of gRPC that an error has, or what caused it; undefined where it is none of the server's. */
export function grpcCodeOf(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && error.cause !== undefined ? grpcCodeOf(error.cause) : undefined;
}
