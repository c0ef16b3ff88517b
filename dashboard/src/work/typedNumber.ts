/** Giving up or deleting more than this by one click must not happen. */
const typedAbove = 100;

/** What has to be typed before so many are given up; empty when a click is enough. */
export const typedNumber = (items: number): string => (items > typedAbove ? String(items) : '');
