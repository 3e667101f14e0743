/** A request goes in, the address that its sender is counted under comes out. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { servingError } from '../errors.js';

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** @param proxies addresses and networks (`10.0.0.0/8`) of the load balancers in front
 *  @throws AUR_ACCESS_CONFIG */
export function proxyList(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of proxies) {
    const [address, prefix] = entry.split('/');
    try {
      if (prefix === undefined) list.addAddress(address, familyOf(address));
      else list.addSubnet(address, Number(prefix), familyOf(address));
    } catch (cause) {
      const problems = `${entry}: expected an address or a network such as 10.0.0.0/8`;
      throw servingError('AUR_ACCESS_CONFIG', { source: 'trusted proxies', problems }, { cause });
    }
  }
  return list;
}

/** The peer's address; where the peer is a trusted proxy, the last address of `X-Forwarded-For` that is none. What lies before it anyone can have written.
 *  IPv6 callers are counted by their /64, for whoever has one has 2^64 addresses. */
export function callerAddress(request: IncomingMessage, proxies: BlockList): string {
  const chain = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((hop) => hop.trim());
  let address = plain(request.socket.remoteAddress ?? '');
  while (isIP(address) !== 0 && proxies.check(address, familyOf(address))) {
    const hop = plain(chain.pop() ?? '');
    if (isIP(hop) === 0) break;
    address = hop;
  }
  return isIP(address) === 6 ? networkOf(address) : address;
}

/** An IPv4 address that came through a socket for both families. */
const plain = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** The first four groups of an IPv6 address. */
function networkOf(address: string): string {
  const [head, tail = ''] = address.split('%')[0].split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const groups = address.includes('::')
    ? [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
    : left;
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
