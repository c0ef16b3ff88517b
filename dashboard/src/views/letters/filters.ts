/** Named as the API names them. */
export const letterFilterNames = ['text', 'status', 'kind', 'event_type', 'source', 'fingerprint'] as const;

export type LetterFilters = Readonly<Record<(typeof letterFilterNames)[number], string>>;

export const emptyLetterFilters: LetterFilters = { text: '', status: '', kind: '', event_type: '', source: '', fingerprint: '' };

export const isFilteringLetters = (filters: LetterFilters): boolean => letterFilterNames.some((name) => filters[name] !== '');
