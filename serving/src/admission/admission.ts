/** A request and its credentials go in, a pass comes out or a coded error: the one layer in front of every protocol and route. */
import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import { servingError } from '../errors.js';
import { callerAddress, proxyList } from './addresses.js';
import type { KeyRecord, KeyRing } from './keys.js';
import type { AdmissionLimits } from './limits.js';
import { isOriginAllowed } from './origins.js';
import { TokenBuckets } from './token-buckets.js';
import { isToken, type MintedToken, TokenMint } from './tokens.js';
import { type Usage, UsageCounters } from './usage.js';

export interface AdmissionOptions {
  limits: AdmissionLimits;
  /** undefined: everyone may use the service, and credentials are not looked at */
  keys: KeyRing | undefined;
  tokenSecret: string | undefined;
  tokenSeconds: number;
  /** besides the service's own */
  origins: readonly string[];
  trustedProxies: readonly string[];
}

/** What a request asks for: a stream or an upload, for which a token does; or something about the key, for which only the key does. */
export type Purpose = 'recognition' | 'account';

/** A request let in. It counts against its limits until it is released. */
export interface Pass {
  /** that the caller is counted under */
  readonly address: string;
  readonly key: KeyRecord | undefined;
  readonly usage: Usage | undefined;
  release(): void;
}

export class Admission {
  readonly usage = new UsageCounters();
  private keys: KeyRing | undefined;
  private readonly mint: TokenMint;
  private readonly proxies: BlockList;
  private readonly handshakes: TokenBuckets;
  private readonly byAddress = new Map<string, number>();
  private open = 0;

  /** @throws AUR_ACCESS_CONFIG */
  constructor(private readonly options: AdmissionOptions) {
    this.keys = options.keys;
    this.mint = new TokenMint(options.tokenSecret, options.tokenSeconds);
    this.proxies = proxyList(options.trustedProxies);
    this.handshakes = new TokenBuckets(options.limits.handshakes);
  }

  /** From now on these keys count; streams that are open stay so. */
  setKeys(keys: KeyRing): void {
    this.keys = keys;
  }

  get openPasses(): number {
    return this.open;
  }

  get needsKeys(): boolean {
    return this.keys !== undefined;
  }

  /** The caller's address comes first, as the cheapest to judge; the counts last, for a refused request takes nothing.
   *  @throws AUR_LIMIT_…, AUR_ACCESS_… */
  async admit(request: IncomingMessage, credential: string | undefined, purpose: Purpose): Promise<Pass> {
    const address = callerAddress(request, this.proxies);
    if (!this.handshakes.take(address)) throw servingError('AUR_LIMIT_RATE', { what: 'requests from this address' });
    if (!isOriginAllowed(request, this.options.origins))
      throw servingError('AUR_ACCESS_ORIGIN', { origin: String(request.headers.origin).slice(0, 100) });
    return this.enter(address, await this.identify(credential, purpose), purpose);
  }

  /** @throws AUR_ACCESS_MISSING where the service knows no keys */
  mintFor(pass: Pass): Promise<MintedToken> {
    if (!pass.key) throw servingError('AUR_ACCESS_MISSING');
    return this.mint.mint(pass.key.name);
  }

  private async identify(credential: string | undefined, purpose: Purpose): Promise<KeyRecord | undefined> {
    if (!this.keys) return undefined;
    if (credential === undefined) throw servingError('AUR_ACCESS_MISSING');
    if (!isToken(credential)) return this.keys.find(credential);
    if (purpose === 'account') throw servingError('AUR_ACCESS_NEEDS_KEY');
    const name = await this.mint.redeem(credential);
    return this.keys.named(name);
  }

  private enter(address: string, key: KeyRecord | undefined, purpose: Purpose): Pass {
    if (purpose === 'account') {
      const usage = key && this.usage.of(key.name);
      return { address, key, usage, release: () => undefined };
    }
    const usage = key && this.usage.of(key.name);
    try {
      this.checkCounts(address, key, usage);
    } catch (error) {
      if (usage) usage.refused++;
      throw error;
    }
    this.open++;
    this.byAddress.set(address, (this.byAddress.get(address) ?? 0) + 1);
    if (usage) usage.openStreams++;
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      this.open--;
      if (usage) usage.openStreams--;
      const left = this.byAddress.get(address)! - 1;
      if (left > 0) this.byAddress.set(address, left);
      else this.byAddress.delete(address);
    };
    return { address, key, usage, release };
  }

  private checkCounts(address: string, key: KeyRecord | undefined, usage: Usage | undefined): void {
    const { connections, perAddress } = this.options.limits;
    if (this.open >= connections) throw servingError('AUR_LIMIT_CONNECTIONS', { limit: connections });
    if ((this.byAddress.get(address) ?? 0) >= perAddress)
      throw servingError('AUR_LIMIT_ADDRESS', { limit: perAddress });
    if (!key || !usage) return;
    const { streams, audioHoursPerDay } = key.limits;
    if (streams !== undefined && usage.openStreams >= streams)
      throw servingError('AUR_LIMIT_KEY_STREAMS', { limit: streams });
    if (audioHoursPerDay !== undefined && usage.audioSecondsToday >= audioHoursPerDay * 3600)
      throw servingError('AUR_LIMIT_KEY_AUDIO', { limit: audioHoursPerDay });
  }
}
