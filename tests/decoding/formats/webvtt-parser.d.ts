declare module 'webvtt-parser' {
  interface Node {
    name?: string;
    value: string;
    children: Node[];
  }
  interface Cue {
    startTime: number;
    endTime: number;
    tree: Node;
  }
  class WebVTTParser {
    parse(text: string): { cues: Cue[]; errors: { message: string; line: number }[] };
  }
  const parser: { WebVTTParser: typeof WebVTTParser };
  export default parser;
}
