import { list, record, text } from '../wire/read';
import type { Json } from '../wire/read';
import { refused, shownKey, withKey } from './access';

/** What is wrong with one member of what was sent. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/** An answer that is none, in the server's words. */
export class ApiFault extends Error {
  constructor(
    /** Of HTTP; 0 when nobody answered. */
    readonly status: number,
    title: string,
    readonly detail: string,
    readonly fields: readonly FieldFault[] = [],
    /** When the server wants to be asked again; null when it does not say. */
    readonly retryAfterMs: number | null = null,
    /** What this kind of refusal tells beside. */
    readonly more: Json = {},
  ) {
    super(title);
  }

  static of(fault: unknown): ApiFault {
    return fault instanceof ApiFault ? fault : new ApiFault(0, 'The server does not answer.', `${fault instanceof Error ? fault.message : String(fault)}.`);
  }
}

/** The text of a good answer. Throws an `ApiFault` for any other; an abort stays one. */
export async function ask(url: URL, init: RequestInit = {}): Promise<string> {
  const shown = shownKey();
  const response = await fetch(url, withKey(init, shown)).catch((fault: unknown) => {
    throw init.signal?.aborted === true ? fault : ApiFault.of(fault);
  });
  const body = await response.text();
  if (response.ok) return body;
  const fault = faultOf(response, body);
  if (response.status === 401) refused(fault.detail, shown);
  throw fault;
}

export function send(method: 'POST' | 'PUT' | 'PATCH', url: URL, body: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  return ask(url, { method, body, headers: { 'content-type': 'application/json', ...headers } });
}

function faultOf(response: Response, body: string): ApiFault {
  const problem = record(parsed(body));
  const fields = list(problem.errors).map((item) => ({ field: text(record(item).field), message: text(record(item).message) }));
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiFault(response.status, text(problem.title, `The server answered ${response.status}.`), text(problem.detail), fields, Number.isFinite(seconds) ? seconds * 1000 : null, problem);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null; // no problem of ours, such as the page of a proxy: its status says enough
  }
}
