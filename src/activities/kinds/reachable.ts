import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { Agent, buildConnector } from 'undici';
import { inNetworks, isLoopback, isPublic } from './addresses.ts';

export interface Reach {
  /**
   * Hosts that were allowed, as a URL writes them. A private address, or `localhost`, that stands here itself was meant;
   * any other name must lead to public addresses.
   */
  readonly hosts: readonly string[];
  /** Networks (CIDR) that names may lead to although they are private. */
  readonly privateAddresses?: readonly string[] | undefined;
  /** Default: the system's. */
  readonly lookup?: Lookup | undefined;
}

export type Lookup = (hostname: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** A connection that was not begun, since its address is private and nobody has listed it. */
export class AddressNotAllowed extends Error {
  override readonly name = 'AddressNotAllowed';
  readonly code = 'MANDATE_ADDRESS_NOT_ALLOWED';
}

/** Why a URL's host must not, or cannot, be connected to now; undefined when it may be. */
export async function unreachableBecause(url: string, reach: Reach): Promise<string | undefined> {
  const { hostname } = new URL(url);
  try {
    await allowedAddresses(bare(hostname), reach);
    return undefined;
  } catch (error) {
    if (error instanceof AddressNotAllowed) return error.message;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return `${hostname} does not resolve (${code}); check the name and this machine's DNS.`;
  }
}

/**
 * A dispatcher that makes no connection to what {@link unreachableBecause} refuses. A name is resolved once, and the
 * addresses that were checked are the ones connected to, so that no second answer of the DNS can lead elsewhere.
 */
export function guardedAgent(reach: Reach): Agent {
  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, reach, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) callback(error, []);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
  const connect = buildConnector({ lookup });
  return new Agent({
    connect(options, callback) {
      // An address is connected to without a lookup.
      if (isIP(options.hostname) === 0) return connect(options, callback);
      const refusal = refusalOf(options.hostname, options.hostname, reach);
      if (refusal === undefined) return connect(options, callback);
      callback(refusal, null);
    },
  });
}

const resolve = callbackify(allowedAddresses);

async function allowedAddresses(
  hostname: string,
  reach: Reach,
): Promise<{ readonly address: string; readonly family: number }[]> {
  const family = isIP(hostname);
  const lookup = reach.lookup ?? ((name) => systemLookup(name, { all: true }));
  const addresses = family === 0 ? [...(await lookup(hostname))] : [{ address: hostname, family }];
  if (addresses.length === 0) throw Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' });
  // One address that is not allowed is enough: which one would be taken is the system's choice.
  for (const { address } of addresses) {
    const refusal = refusalOf(hostname, address, reach);
    if (refusal !== undefined) throw refusal;
  }
  return addresses;
}

function refusalOf(hostname: string, address: string, reach: Reach): AddressNotAllowed | undefined {
  const isListed = reach.hosts.some((host) => bare(host) === hostname);
  if (isListed && (hostname === address || (hostname === 'localhost' && isLoopback(address)))) return undefined;
  if (isPublic(address) || inNetworks(address, reach.privateAddresses ?? [])) return undefined;
  const what = hostname === address ? `${address} is` : `${hostname} leads to ${address},`;
  return new AddressNotAllowed(
    `${what} a private address that is not listed; add it to MANDATE_PRIVATE_ADDRESSES if it is meant.`,
  );
}

/** Without the brackets that a URL puts around an IPv6 address. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
