/** Named as in the address; the API calls the text `q`. */
export const retryFilterNames = ['text', 'status', 'operation_type', 'target', 'correlation_id', 'group_key', 'fingerprint'] as const;

export type RetryFilters = Readonly<Record<(typeof retryFilterNames)[number], string>>;

export const emptyRetryFilters: RetryFilters = { text: '', status: '', operation_type: '', target: '', correlation_id: '', group_key: '', fingerprint: '' };

export const isFilteringRetries = (filters: RetryFilters): boolean => retryFilterNames.some((name) => filters[name] !== '');

/** As the API wants it, in a query and in the filter of an operation. */
export function wireFilter(filters: RetryFilters): Record<string, string> {
  return Object.fromEntries(retryFilterNames.filter((name) => filters[name] !== '').map((name) => [name === 'text' ? 'q' : name, filters[name]]));
}
