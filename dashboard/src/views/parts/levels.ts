import type { Level } from '../../health/assess';

type Known = Exclude<Level, 'note'>;

/** What a state of a component means for whoever is on call. */
export function levelOfComponent(status: string): Known {
  switch (status) {
    case 'ready':
      return 'ok';
    case 'degraded':
    case 'starting':
    case 'initialized':
      return 'warn';
    case 'failed':
      return 'bad';
    default:
      return 'unknown';
  }
}

/** What a state of a room means. */
export function levelOfRoom(state: string): Known {
  switch (state) {
    case 'joined':
      return 'ok';
    case 'connecting':
    case 'waiting':
      return 'warn';
    default:
      return 'unknown';
  }
}
