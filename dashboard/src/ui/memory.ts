// What this browser keeps between visits. A browser that keeps nothing (private windows, policies) costs the person a choice made
// again, and nothing else.

export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    return; // see above: the choice lasts as long as the page
  }
}
