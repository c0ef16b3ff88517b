import type { ApiFault } from '../api/request';

/** A sentence about what was done; it is shown and read aloud. */
export interface Said {
  readonly text: string;
  readonly level: 'ok' | 'warn' | 'bad';
}

export function faultWords(what: string, { message, detail, fields }: ApiFault): Said {
  const faults = fields.map(({ field, message: fault }) => `${field}: ${fault}`);
  return { level: 'bad', text: [`${what}:`, message, detail, ...faults].filter((part) => part !== '').join(' ') };
}
