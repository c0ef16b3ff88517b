// JSON as text. JSON.parse rounds numbers beyond 2^53 and forgets how they were written, so whoever edits one member would change
// others without seeing it; here only the space between the tokens changes.

const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Laid out over lines, two spaces a level, letters written as letters; the values stay what they were. */
export function pretty(json: string): string {
  const all = json.match(tokens) ?? [];
  let depth = 0;
  let out = '';
  for (const [at, token] of all.entries()) {
    if (isClosing(token)) depth--;
    if (isClosing(token) && !isOpening(all[at - 1])) out += lineAt(depth);
    if (isOpening(token)) depth++;
    out += token === ':' ? ': ' : token.startsWith('"') ? readable(token) : token;
    if (token === ',' || (isOpening(token) && !isClosing(all[at + 1]))) out += lineAt(depth);
  }
  return out;
}

/** The text of one member of an object as it was sent; empty when it is not there. */
export function memberText(json: string, name: string): string {
  const wanted = JSON.stringify(name);
  let depth = 0;
  let last = '';
  let start = -1;
  for (const { 0: token, index } of json.matchAll(tokens)) {
    if (isClosing(token)) depth--;
    if (start >= 0 && (depth === 0 || (depth === 1 && token === ','))) return json.slice(start, index).trim();
    if (isOpening(token)) depth++;
    if (start < 0 && depth === 1 && token === ':' && last === wanted) start = index + 1;
    last = token;
  }
  return '';
}

/** Control characters as JSON writes them, `order\u0000`: a text that looks right and is not is the reason many a row was refused for. */
export function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const isOpening = (token: string | undefined): boolean => token === '{' || token === '[';

const isClosing = (token: string | undefined): boolean => token === '}' || token === ']';

const lineAt = (depth: number): string => `\n${'  '.repeat(depth)}`;

/** Undoes escapes of what can be seen as it is; quotes, controls, halves of pairs and marks of direction stay escaped. */
function readable(token: string): string {
  return token.replace(/\\(?:u([0-9a-fA-F]{4})|.)/g, (escape: string, hex: string | undefined) => {
    const letter = String.fromCharCode(Number.parseInt(hex ?? '0', 16));
    return /[^"\\\p{C}\p{Z}]/u.test(letter) ? letter : escape;
  });
}
