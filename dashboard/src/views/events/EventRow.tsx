import { Component } from 'preact';
import { useState } from 'preact/hooks';
import { usePage } from '../../context';
import { clockTime } from '../../format/time';
import type { EventItem } from '../../state/model';
import { EventDetail } from './EventDetail';

interface RowProps {
  readonly event: EventItem;
}

/** A line of the log. Drawn once, since an event never changes: a new event costs one row and not a hundred. */
export class EventRow extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    return next.event !== this.props.event;
  }

  override render() {
    return <Row event={this.props.event} />;
  }
}

/** Opens to everything that is known of the event. */
function Row({ event }: RowProps) {
  const [open, setOpen] = useState(false);
  const { store } = usePage();
  return (
    <li data-category={event.category} data-event={event.key}>
      <button type="button" class="row-line event-line" aria-expanded={open} onClick={() => setOpen(!open)}>
        <time class="figure" dateTime={event.timestamp}>
          {clockTime(event.timestampMs, store.now.peek())}
        </time>
        <span class="category">{event.category.replace('_', ' ')}</span>
        <b class="type">{event.eventType}</b>
        <span class="source">{event.source}</span>
        <span class="summary">{summary(event.data)}</span>
      </button>
      {open ? <EventDetail event={event} /> : null}
    </li>
  );
}

const summaryCharacters = 240;

/** One line of the data; the rest is a click away. */
function summary(data: unknown): string {
  const json = JSON.stringify(data);
  return json === '{}' ? '' : json.slice(0, summaryCharacters);
}
