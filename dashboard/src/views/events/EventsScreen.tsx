import { EventLog } from './EventLog';

export function EventsScreen() {
  return <EventLog />;
}
