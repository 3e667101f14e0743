declare module 'crc-32/crc32c.js' {
  const crc32c: {
    /** @returns CRC-32C as a signed 32-bit number */
    buf(bytes: Uint8Array): number;
  };
  export default crc32c;
}
