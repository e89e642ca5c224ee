// The name was not found, its address is not allowed, or the other side's certificate was not believed: a request is
// written only after all of these.
const BEFORE_THE_REQUEST = new Set([
  'MANDATE_ADDRESS_NOT_ALLOWED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  // What OpenSSL finds wrong with a certificate, as Node names it.
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

// These come while connecting, but some also on a connection that has carried a request: the system call tells.
const WHILE_CONNECTING = new Set([
  'EACCES',
  'EADDRNOTAVAIL',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'EPERM',
  'ETIMEDOUT',
]);

const MAX_DEPTH = 8;

/**
 * The code of an error after which no byte of the request can have left; undefined for every other error, also when only
 * some of several attempts to connect are known to have failed. Looks into causes, since clients wrap what they catch.
 */
export function certainlyNotSent(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth === MAX_DEPTH) return undefined;
  if (error instanceof AggregateError) {
    const codes = error.errors.map((each) => certainlyNotSent(each, depth + 1));
    return codes.length > 0 && codes.every((code) => code !== undefined) ? codes[0] : undefined;
  }
  return codeOf(error) ?? certainlyNotSent(error.cause, depth + 1);
}

function codeOf(error: Error): string | undefined {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  if (typeof code !== 'string') return undefined;
  if (BEFORE_THE_REQUEST.has(code)) return code;
  return syscall === 'connect' && WHILE_CONNECTING.has(code) ? code : undefined;
}
