/** Words go in; those that a filter of profanity hides, and how, come out. */

/** Whole words of English that broadcasters bleep; not a judgement of what is offensive where. */
const PROFANE: readonly string[] = [
  'arsehole arseholes asshole assholes bastard bastards bitch bitches bitching bollocks bullshit cock cocks cocksucker',
  'cocksuckers cunt cunts dickhead dickheads dipshit fag fags faggot faggots fuck fucked fucker fuckers fuckin fucking',
  'fucks goddamn horseshit motherfucker motherfuckers motherfucking nigga niggas nigger niggers piss pissed prick pricks',
  'pussies pussy shit shits shitted shitting shitty slut sluts twat twats wank wanker wankers whore whores',
].flatMap((line) => line.split(' '));

export const DEFAULT_PROFANITY: ReadonlySet<string> = new Set(PROFANE);

/** `damn` -> `****`, as Deepgram does it. */
export const masked = (word: string): string => '*'.repeat([...word].length);
