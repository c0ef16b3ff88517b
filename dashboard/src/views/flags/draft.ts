import type { WholeFlag } from '../../api/flags';
import { pretty } from '../../format/json';
import type { Flag, FlagType } from '../../wire/flags';
import { isRecord } from '../../wire/read';

/** What somebody wrote: JSON that can be sent, or what is wrong with it. */
export type Draft = { readonly json: string; readonly fault: null } | { readonly json: null; readonly fault: string };

const good = (json: string): Draft => ({ json, fault: null });

const bad = (fault: string): Draft => ({ json: null, fault });

/** The text of a field for a value, as JSON. Texts stand there without quotes, numbers as they were written. */
export function fieldText(type: FlagType, json: string): string {
  if (type === 'json') return pretty(json);
  if (type !== 'string') return json;
  const value: unknown = JSON.parse(json || '""');
  return typeof value === 'string' ? value : json;
}

/** The digits are sent as they were typed: those beyond 2^53 are not numbers of this page. */
export function readField(type: FlagType, text: string): Draft {
  const typed = text.trim();
  switch (type) {
    case 'string':
      return good(JSON.stringify(text));
    case 'bool':
      return typed === 'true' || typed === 'false' ? good(typed) : bad('true or false is wanted.');
    case 'int':
      return /^-?(0|[1-9]\d*)$/.test(typed) ? good(typed) : bad('A whole number is wanted.');
    case 'float':
      return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(typed) ? good(typed) : bad('A number is wanted.');
    case 'json':
      return readJson(typed, () => true, '');
  }
}

export const readRuleText = (text: string): Draft => readJson(text.trim(), isRecord, 'A JSON object is wanted.');

/** The context of a question: who asks, and what is known of them. */
export function readContext(key: string, attributes: string): Draft {
  const draft = readJson(attributes.trim() || '{}', isRecord, 'An object is wanted, such as {"plan": "pro"}.');
  if (draft.json === null) return draft;
  return good(JSON.stringify({ ...(JSON.parse(draft.json) as object), ...(key === '' ? {} : { targetingKey: key }) }));
}

/** A rule to begin with. */
export function ruleOutline({ flag, value }: WholeFlag): string {
  const rule =
    flag.type === 'bool'
      ? `{"type":"bool","variants":{"on":true,"off":false},"default":${value === 'true' ? '"on"' : '"off"'},"off":"off","targeting":[],"split":[]}`
      : `{"type":"${flag.type}","variants":{"usual":${value}},"default":"usual","off":"usual","targeting":[],"split":[]}`;
  return pretty(rule);
}

/** Whether a plain value would take more away than a value. */
export const isPlain = ({ rule }: Flag): boolean => rule === null || (rule.shares.length === 0 && rule.targeting === 0 && rule.overrides === 0);

function readJson(text: string, isWanted: (value: unknown) => boolean, wanted: string): Draft {
  try {
    return isWanted(JSON.parse(text)) ? good(text) : bad(wanted);
  } catch (fault) {
    return bad(`This is not JSON: ${fault instanceof Error ? fault.message : String(fault)}`);
  }
}
