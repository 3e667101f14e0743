/** The microphone's blocks of 128 samples go in, packets of 20 ms of mono audio come out on the port. */

class PacketProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.packet = new Float32Array(Math.round(sampleRate / 50));
    this.filled = 0;
  }

  process([channels]) {
    if (channels.length === 0) return true;
    for (let i = 0; i < channels[0].length; i++) {
      let sum = 0;
      for (const channel of channels) sum += channel[i];
      this.packet[this.filled++] = sum / channels.length;
      if (this.filled < this.packet.length) continue;
      this.port.postMessage(this.packet, [this.packet.buffer]);
      this.packet = new Float32Array(Math.round(sampleRate / 50));
      this.filled = 0;
    }
    return true;
  }
}

registerProcessor('packets', PacketProcessor);
