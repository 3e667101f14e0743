import { readFileSync } from 'node:fs';
import { drawRoom, Random, type ReverberantRoom, simulateRoom } from '@auricle/datasets';
import { imageResponse, type Room } from '@auricle/datasets/augment/image-method';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RATE } from './signals.js';

interface Golden {
  sampleRate: number;
  rooms: (Room & { reflection: number; length: number; response: [number, number][] })[];
}
const golden: Golden = JSON.parse(readFileSync(new URL('fixtures/room_golden.json', import.meta.url), 'utf8'));

describe('imageResponse', () => {
  it.each(golden.rooms)('finds the images that pyroomacoustics finds in a room of $size m', (room) => {
    const response = imageResponse(room, room.reflection, golden.sampleRate, room.length);
    const expected = new Float64Array(room.length);
    for (const [at, height] of room.response) expected[at] = height;
    const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - response[i])), 0);
    expect(worst).toBeLessThan(1e-6);
    expect(response[0]).toBe(1);
  });

  it('is the direct sound alone where the walls swallow everything', () => {
    const [room] = golden.rooms;
    expect([...imageResponse(room, 0, RATE, 500)]).toEqual([1, ...new Array(499).fill(0)]);
  });
});

/** Seconds in which the sound fades by 60 dB: a line through the part of Schroeder's curve from -5 to -35 dB. */
function measuredRt60(response: Float32Array, sampleRate: number): number {
  const curve: number[] = [];
  let toCome = 0;
  for (const value of [...response].reverse()) {
    toCome += value * value;
    curve.unshift(toCome);
  }
  const level = (t: number) => 10 * Math.log10(curve[t] / curve[0]);
  const points = curve.flatMap((_, t) => (level(t) <= -5 && level(t) >= -35 ? [[t / sampleRate, level(t)]] : []));
  const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [middleT, middleDb] = [mean(0), mean(1)];
  const slope =
    points.reduce((sum, [t, db]) => sum + (t - middleT) * (db - middleDb), 0) /
    points.reduce((sum, [t]) => sum + (t - middleT) ** 2, 0);
  return -60 / slope;
}

describe('simulateRoom', () => {
  const room: ReverberantRoom = { size: [5, 4, 3], source: [1, 1, 1.5], microphone: [3.5, 2, 1.2], rt60Seconds: 0.4 };

  it.each<[string, Partial<ReverberantRoom>]>([
    ['living', {}],
    ['dead', { rt60Seconds: 0.15 }],
    ['hard', { rt60Seconds: 0.9, size: [8, 6, 3.5] }],
    ['long and low', { size: [12, 3, 2.4], rt60Seconds: 0.5 }],
    ['large', { size: [15, 12, 6], rt60Seconds: 0.7 }],
    ['small', { size: [2.2, 2.2, 2.2], source: [0.4, 0.4, 0.4], microphone: [1.5, 1.5, 1.5], rt60Seconds: 0.2 }],
  ])('fades as asked within 20 %% in a %s room', (_, changes) => {
    const asked = { ...room, ...changes };
    const measured = measuredRt60(simulateRoom(asked, RATE), RATE);
    expect(Math.abs(measured / asked.rt60Seconds - 1)).toBeLessThan(0.2);
  });

  it('fades as asked within 20 % in any room that is drawn', () => {
    const ranges = { sideMetres: [3, 8], heightMetres: [2.4, 4], rt60Seconds: [0.15, 0.6] } as const;
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const drawn = drawRoom(ranges, new Random(seed));
        // A rate as low as this, for the time it takes.
        const measured = measuredRt60(simulateRoom(drawn, 8000), 8000);
        expect(Math.abs(measured / drawn.rt60Seconds - 1)).toBeLessThan(0.2);
      }),
      { numRuns: 40 },
    );
  });

  it('starts with the direct sound and ends when the sound has faded', () => {
    const response = simulateRoom(room, RATE);
    expect(response).toHaveLength(0.4 * RATE);
    expect(response[0]).toBe(1);
    expect(response.every(Number.isFinite)).toBe(true);
  });

  it('leaves no pressure that stays', () => {
    const sum = simulateRoom(room, RATE).reduce((total, value) => total + value, 0);
    expect(Math.abs(sum)).toBeLessThan(0.05);
  });

  it.each<[string, Partial<ReverberantRoom>]>([
    ['room size[0]', { size: [1, 4, 3] }],
    ['room size[2]', { size: [5, 4, 500] }],
    ['room size[1]', { size: [5, Number.NaN, 3] }],
    ['room source[0]', { source: [6, 1, 1] }],
    ['room microphone[2]', { microphone: [1, 1, -0.1] }],
    ['room rt60Seconds', { rt60Seconds: 0 }],
    ['room rt60Seconds', { rt60Seconds: 30 }],
    ['room source', { source: room.microphone }],
  ])('refuses a wrong %s', (name, changes) => {
    const act = () => simulateRoom({ ...room, ...changes }, RATE);
    expect(act).toThrow(expect.objectContaining({ code: 'AUR_AUGMENT_OPTION' }));
    expect(act).toThrow(`${name} is`);
  });
});

describe('drawRoom', () => {
  const ranges = { sideMetres: [2, 3], heightMetres: [2, 2], rt60Seconds: [0.1, 0.2] } as const;

  it('keeps to its ranges, and source and microphone away from walls and each other', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { size, source, microphone, rt60Seconds } = drawRoom(ranges, new Random(seed));
        expect(size[2]).toBe(2);
        for (const side of size.slice(0, 2)) expect(side >= 2 && side <= 3).toBe(true);
        for (const point of [source, microphone])
          point.forEach((at, axis) => {
            expect(at >= 0.3 && at <= size[axis] - 0.3).toBe(true);
          });
        expect(Math.hypot(...source.map((at, axis) => at - microphone[axis]))).toBeGreaterThanOrEqual(0.3);
        expect(rt60Seconds >= 0.1 && rt60Seconds <= 0.2).toBe(true);
      }),
    );
  });

  it('draws the same room from the same seed', () => {
    expect(drawRoom(ranges, new Random(4))).toEqual(drawRoom(ranges, new Random(4)));
    expect(drawRoom(ranges, new Random(4))).not.toEqual(drawRoom(ranges, new Random(5)));
  });
});
