import { hasKey } from '../api/access';

/** A command that asks the server for the same thing, ready to paste into a shell. */
export function curlGet(url: URL): string {
  return `curl -s ${hasKey.peek() ? '-H "Authorization: Bearer $HOLDFAST_KEY" ' : ''}${quoted(url.href)}`;
}

/** Single quotes keep everything literal but themselves. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
