import { computed, signal } from '@preact/signals';
import { record, text } from '../wire/read';

const storageName = 'holdfast-key';

/** Who the server takes this page for. */
export interface Identity {
  readonly name: string;
  readonly role: string;
}

/** The key of whoever sits here: in this tab alone, and gone with it. */
const key = signal(globalThis.sessionStorage?.getItem(storageName) ?? '');

/** What the person has to be told before a key is asked for; null: none is asked for. */
export const asked = signal<string | null>(null);

/** Null where no key is needed, or nobody was asked yet. */
export const identity = signal<Identity | null>(null);

const operators: readonly string[] = ['operator', 'admin'];

/** Whether whoever sits here may change something: what they may not do is not offered, and refused by the server all the same. */
export const mayOperate = computed(() => identity.value === null || operators.includes(identity.value.role));

export const hasKey = computed(() => key.value !== '');

/** The key that a request begun now goes with; a refusal is about that one. */
export const shownKey = (): string => key.peek();

/** The same request, with the key. */
export function withKey(init: RequestInit = {}, shown = key.peek()): RequestInit {
  return shown === '' ? init : { ...init, headers: { ...init.headers, authorization: `Bearer ${shown}` } };
}

/** The server has refused the key that was shown, or that none was. An answer that comes late, to another key than the one here now, says nothing. */
export function refused(detail: string, shown: string): void {
  if (shown !== key.peek()) return;
  asked.value = shown === '' ? '' : detail;
  forget();
}

/** Tries a key, and keeps it if it is good. Returns what is wrong with it, or null. */
export async function signIn(base: string, text: string): Promise<string | null> {
  const tried = text.trim();
  if (!/^[\x21-\x7e]+$/.test(tried)) return 'A key has no blanks and no special characters.';
  const { fault, who } = await look(base, tried);
  if (fault !== null) return fault;
  key.value = tried;
  identity.value = who;
  globalThis.sessionStorage?.setItem(storageName, tried);
  asked.value = null;
  return null;
}

export function signOut(): void {
  forget();
  asked.value = '';
}

/** Asks who one is here; asks for a key where one is needed. */
export async function checkAccess(base: string): Promise<void> {
  const shown = shownKey();
  const { status, fault, who } = await look(base, shown);
  if (status === 401) refused(fault ?? '', shown);
  else if (shown === key.peek()) identity.value = who;
}

/** An address that lets in without a header, for what a browser opens itself: it is good for a minute, and shows no key. */
export async function withTicket(base: string, url: URL): Promise<URL> {
  const shown = shownKey();
  if (shown === '') return url;
  const response = await fetch(new URL('api/access/ticket', base), withKey({ method: 'POST' }, shown));
  const body = record(await response.json().catch(() => null));
  if (response.status === 401) refused(text(body.detail), shown);
  if (!response.ok) throw new Error(text(body.detail) || `The server answered ${response.status}.`);
  const admitted = new URL(url);
  admitted.searchParams.set('ticket', text(body.ticket));
  return admitted;
}

interface Look {
  /** Of HTTP; 0 when nobody answers. */
  readonly status: number;
  /** What is wrong; null: let in, or nobody answers, which is told elsewhere. */
  readonly fault: string | null;
  readonly who: Identity | null;
}

async function look(base: string, shown: string): Promise<Look> {
  const response = await fetch(new URL('api/access', base), withKey({}, shown)).catch(() => null);
  if (response === null) return { status: 0, fault: null, who: null };
  const body = record(await response.json().catch(() => null));
  const { status } = response;
  if (status === 401 || status === 429) return { status, fault: text(body.detail, 'The key is not good.'), who: null };
  return { status, fault: null, who: response.ok && body.keys_needed === true ? { name: text(body.name), role: text(body.role) } : null };
}

function forget(): void {
  key.value = '';
  identity.value = null;
  globalThis.sessionStorage?.removeItem(storageName);
}
