/** The engine goes in; nothing comes out where it can take another stream, so that a client is told before the upgrade. */
import { servingError } from '../errors.js';
import type { ProtocolServices } from './protocol.js';

/** @throws AUR_SERVING_FULL, AUR_SERVING_NOT_READY */
export function checkRoom({ engine }: ProtocolServices): void {
  engine.requireRoom('live');
  if (!engine.isReady) throw servingError('AUR_SERVING_NOT_READY');
}
