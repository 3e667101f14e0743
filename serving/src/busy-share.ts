/** When a worker was at work goes in, the share of the time that it is comes out, of the last second or so. */

const WINDOW_MS = 1000;

export class BusyShare {
  private last: number | undefined;
  /** in [0, 1] */
  share = 0;

  /** Work from one time to another, ms, both after those before. */
  add(start: number, end: number): void {
    const since = this.last ?? start;
    this.last = end;
    const passed = end - since;
    if (passed <= 0) return;
    const kept = Math.exp(-passed / WINDOW_MS);
    this.share = kept * this.share + (1 - kept) * Math.min(1, (end - start) / passed);
  }
}
