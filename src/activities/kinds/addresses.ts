import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.process>;

// 64:ff9b::/96 carries an IPv4 address, which a translator on the way connects to (RFC 6052).
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
// All that has been given out as global unicast; what is outside is special, or nobody's.
const GLOBAL = ipaddr.IPv6.parseCIDR('2000::/3');

/** Whether an address is one of the public internet; what cannot be read is not. */
export function isPublic(address: string): boolean {
  const read = meant(address);
  if (read === undefined || read.range() !== 'unicast') return false;
  return !(read instanceof ipaddr.IPv6) || read.match(GLOBAL);
}

export function isLoopback(address: string): boolean {
  return meant(address)?.range() === 'loopback';
}

/** Whether an address is in one of the networks, each as `10.0.0.0/8` or `fd00::/8`. */
export function inNetworks(address: string, networks: readonly string[]): boolean {
  const read = meant(address);
  return read !== undefined && networks.some((network) => isIn(read, ipaddr.parseCIDR(network)));
}

/** Whether a text names a network in the form that {@link inNetworks} takes. */
export function isNetwork(text: string): boolean {
  return ipaddr.IPv4.isValidCIDRFourPartDecimal(text) || ipaddr.IPv6.isValidCIDR(text);
}

/** The address that a connection ends at: an IPv4 address may be written within an IPv6 one. */
function meant(text: string): Address | undefined {
  if (!ipaddr.isValid(text)) return undefined;
  const address = ipaddr.process(text);
  if (!(address instanceof ipaddr.IPv6) || !address.match(NAT64)) return address;
  return ipaddr.fromByteArray(address.toByteArray().slice(-4));
}

function isIn(address: Address, network: [Address, number]): boolean {
  const [base, bits] = network;
  if (address instanceof ipaddr.IPv4) return base instanceof ipaddr.IPv4 && address.match(base, bits);
  return base instanceof ipaddr.IPv6 && address.match(base, bits);
}
