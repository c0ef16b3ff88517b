export const flagFilterNames = ['text', 'origin', 'changed'] as const;

/** `changed` is `yes`, or empty for all. */
export type FlagFilters = Readonly<Record<(typeof flagFilterNames)[number], string>>;

export const emptyFlagFilters: FlagFilters = { text: '', origin: '', changed: '' };

export const isFilteringFlags = (filters: FlagFilters): boolean => flagFilterNames.some((name) => filters[name] !== '');
