/** Named as the API names them. */
export const healthFilterNames = ['check', 'kind'] as const;

/** Which of what happened is shown. */
export type HealthFilters = Readonly<Record<(typeof healthFilterNames)[number], string>>;

export const emptyHealthFilters: HealthFilters = { check: '', kind: '' };

export const isFilteringHealth = (filters: HealthFilters): boolean => healthFilterNames.some((name) => filters[name] !== '');
