import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

// A host that is there answers in well under a second; without a route some systems would try for two minutes.
const CONNECT_TIMEOUT_MS = 4_000;

/** Why nothing can be fetched from this address now, or undefined when its host (or the proxy in the environment) accepts connections. */
export async function whyUnreachable(
  address: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const proxy = env['HTTPS_PROXY'] ?? env['https_proxy'];
  const url = new URL(proxy || address);
  const port = Number(url.port) || (url.protocol === 'http:' ? 80 : 443);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const subject = proxy ? `the proxy ${host}:${port} (HTTPS_PROXY)` : `${host}:${port}`;

  const socket = connect({ host, port });
  const connected = new Promise<string | undefined>((resolve) => {
    socket.once('connect', () => resolve(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      resolve(`no connection to ${subject}: ${error.code ?? error.message}`),
    );
  });
  const late = sleep(CONNECT_TIMEOUT_MS, `no connection to ${subject} within ${CONNECT_TIMEOUT_MS / 1000} s`, {
    ref: false,
    ...(signal && { signal }),
  });
  try {
    return await Promise.race([connected, late]);
  } finally {
    socket.destroy();
  }
}
