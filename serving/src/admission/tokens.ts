/** The name of an API key goes in, a signed token comes out that a browser may hold for a minute and use for one stream. */
import { randomBytes, randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { servingError } from '../errors.js';

const AUDIENCE = 'auricle';
const ALGORITHM = 'HS256';
/** HS256 is as strong as its key: that of its hash's length. */
const SHORTEST_SECRET_BYTES = 32;

export interface MintedToken {
  token: string;
  expiresAt: string;
}

/** Whether a credential is a token (a JWT), not a key. */
export const isToken = (credential: string): boolean => /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(credential);

export class TokenMint {
  private readonly secret: Uint8Array;
  /** Identifiers of tokens used, and when they expire (wall-clock ms). */
  private readonly spent = new Map<string, number>();

  /** @param secret shared by all nodes behind one address; without it a random one, which dies with the process
   *  @throws AUR_ACCESS_CONFIG */
  constructor(
    secret: string | undefined,
    readonly seconds: number,
  ) {
    this.secret = secret === undefined ? randomBytes(SHORTEST_SECRET_BYTES) : Buffer.from(secret);
    if (this.secret.length < SHORTEST_SECRET_BYTES)
      throw servingError('AUR_ACCESS_CONFIG', {
        source: 'token secret',
        problems: `expected at least ${SHORTEST_SECRET_BYTES} bytes`,
      });
  }

  async mint(keyName: string, now = Date.now()): Promise<MintedToken> {
    const issued = Math.floor(now / 1000);
    const expires = issued + this.seconds;
    const token = await new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM })
      .setSubject(keyName)
      .setAudience(AUDIENCE)
      .setJti(randomUUID())
      .setIssuedAt(issued)
      .setExpirationTime(expires)
      .sign(this.secret);
    return { token, expiresAt: new Date(expires * 1000).toISOString() };
  }

  /** Uses the token up.
   *  @returns the name of the key that it was minted with
   *  @throws AUR_ACCESS_TOKEN, AUR_ACCESS_EXPIRED, AUR_ACCESS_SPENT */
  async redeem(token: string, now = Date.now()): Promise<string> {
    const { sub, jti, exp } = await this.verify(token, now);
    if (this.spent.has(jti)) throw servingError('AUR_ACCESS_SPENT');
    for (const [id, expires] of this.spent) {
      // In the order of use, which is about that of expiry: what stays behind a later one goes with it.
      if (expires > now) break;
      this.spent.delete(id);
    }
    this.spent.set(jti, exp * 1000);
    return sub;
  }

  private async verify(token: string, now: number): Promise<{ sub: string; jti: string; exp: number }> {
    try {
      const { payload } = await jwtVerify(token, this.secret, {
        algorithms: [ALGORITHM],
        audience: AUDIENCE,
        requiredClaims: ['sub', 'jti', 'exp'],
        currentDate: new Date(now),
      });
      return payload as { sub: string; jti: string; exp: number };
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) throw servingError('AUR_ACCESS_EXPIRED', { what: 'token' }, { cause });
      throw servingError('AUR_ACCESS_TOKEN', { reason: (cause as Error).message }, { cause });
    }
  }
}
