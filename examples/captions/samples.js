/** Blocks of the audio graph go in, 100 ms of mono samples a message come out. */

class Samples extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(Math.round(sampleRate / 10));
    this.filled = 0;
  }

  process([channels]) {
    if (channels.length === 0) return true;
    for (let i = 0; i < channels[0].length; i++) {
      this.block[this.filled++] = channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length;
      if (this.filled < this.block.length) continue;
      this.port.postMessage(this.block, [this.block.buffer]);
      this.block = new Float32Array(Math.round(sampleRate / 10));
      this.filled = 0;
    }
    return true;
  }
}

registerProcessor('samples', Samples);
