/** Named as the API names them. */
export const auditFilterNames = ['actor', 'action', 'target'] as const;

export type AuditFilters = Readonly<Record<(typeof auditFilterNames)[number], string>>;

export const emptyAuditFilters: AuditFilters = { actor: '', action: '', target: '' };

export const isFilteringAudit = (filters: AuditFilters): boolean => auditFilterNames.some((name) => filters[name] !== '');
