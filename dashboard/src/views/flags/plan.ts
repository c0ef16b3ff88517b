import type { RolloutPlan } from '../../api/flags';
import type { Flag } from '../../wire/flags';

/** What somebody writes to begin a rollout, as it stands in the fields. */
export interface PlanDraft {
  readonly variant: string;
  readonly steps: string;
  readonly soak: string;
  readonly errors: string;
}

/** As the server has it when nobody says otherwise. */
export const usualPlan = (variant: string): PlanDraft => ({ variant, steps: '1, 5, 25, 50, 100', soak: '600', errors: '5' });

/** What can be rolled out; a flag that has one value for everybody has nothing but that. */
export function variantsOf({ rule, type }: Flag): readonly string[] {
  const variants = rule?.variants ?? [];
  return variants.length > 0 ? variants : type === 'bool' ? ['on', 'off'] : [];
}

/** The variant that is not everybody's yet comes first. */
export const usualVariant = (flag: Flag): string => variantsOf(flag).find((variant) => variant !== (flag.rule?.fallback ?? (flag.value === true ? 'on' : 'off'))) ?? '';

/** The plan, or what is wrong with it; the server judges the rest. */
export function readPlan({ variant, steps, soak, errors }: PlanDraft): RolloutPlan | string {
  const percents = steps.split(/[\s,;%]+/).filter((part) => part !== '').map(Number);
  if (percents.length === 0 || percents.some((percent, at) => !(percent > (percents[at - 1] ?? 0) && percent <= 100))) return 'Steps are percentages that grow, up to 100: 1, 5, 25, 50, 100.';
  const [soakSeconds, errorPercent] = [Number(soak), Number(errors)];
  if (soak.trim() === '' || !(soakSeconds >= 0)) return 'How long a step lasts is a number of seconds.';
  if (errors.trim() === '' || !(errorPercent >= 0 && errorPercent <= 100)) return 'The share of errors is a percentage.';
  return { variant, steps: percents, soakSeconds, errorRate: errorPercent / 100 };
}
