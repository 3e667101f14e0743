/** Packets of audio go in, the server's messages come out: the native protocol on a browser's WebSocket. */

/** Bytes that may wait in the socket before a fast sender pauses. */
const MOST_BUFFERED = 256 * 1024;

/** @param {number} sampleRate Hz
 *  @param {(message: object) => void} onMessage gets every message of the server
 *  @param {(reason: string) => void} onEnd called once; the reason is empty after `done` */
export async function connect(sampleRate, onMessage, onEnd) {
  const address = new URL('v1/stream', location.href);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  socket.binaryType = 'arraybuffer';
  let reason = 'The connection was lost.';
  let wasOpen = false;
  const opening = new Promise((resolve, reject) => {
    socket.onopen = () => {
      wasOpen = true;
      resolve();
    };
    socket.onclose = () => {
      if (wasOpen) onEnd(reason);
      else reject(new Error('The server cannot be reached.'));
    };
  });
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === 'error') reason = `${message.message} (${message.code})`;
    if (message.type === 'done') reason = '';
    onMessage(message);
  };
  await opening;
  socket.send(JSON.stringify({ type: 'start', sampleRate, encoding: 's16le' }));
  const isOpen = () => socket.readyState === WebSocket.OPEN;
  return {
    isOpen,
    /** @param {Float32Array} samples in [-1, 1] */
    send(samples) {
      if (isOpen()) socket.send(toS16le(samples));
    },
    end() {
      if (isOpen()) socket.send(JSON.stringify({ type: 'end' }));
    },
    /** Resolves when there is room for more; a browser has no event for it. */
    async room() {
      while (isOpen() && socket.bufferedAmount > MOST_BUFFERED) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    close: () => socket.close(),
  };
}

function toS16le(samples) {
  const view = new DataView(new ArrayBuffer(2 * samples.length));
  samples.forEach((x, i) => {
    view.setInt16(2 * i, Math.round(Math.max(-1, Math.min(1, x)) * 32767), true);
  });
  return view.buffer;
}
