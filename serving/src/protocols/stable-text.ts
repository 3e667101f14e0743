/** A segment's text as it grows goes in, the pieces that will not be taken back come out, for protocols whose texts only ever grow. */

/** Words that have to stand in two texts in a row, with another word behind them, before they are told. */
export class StableText {
  private told = '';
  private before: readonly string[] = [];

  /** @returns what is to be told now, with the space before it; often nothing */
  grow(text: string): string {
    const words = wordsOf(text);
    let agreed = 0;
    while (agreed < words.length - 1 && words[agreed] === this.before[agreed]) agreed++;
    this.before = words;
    return this.tell(words.slice(0, agreed).join(' '));
  }

  /** The rest, and the next segment begins. Where the last words came out otherwise than they were told, nothing is added: the whole text that
   *  protocols send behind the pieces tells how it is. */
  end(text: string): string {
    const rest = this.tell(wordsOf(text).join(' '));
    this.told = '';
    this.before = [];
    return rest;
  }

  private tell(text: string): string {
    if (text.length <= this.told.length || !text.startsWith(this.told)) return '';
    const piece = text.slice(this.told.length);
    this.told = text;
    return piece;
  }
}

const wordsOf = (text: string): string[] => text.split(' ').filter((word) => word !== '');
