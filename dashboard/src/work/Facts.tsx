import { usePage } from '../context';
import { relative } from '../format/time';

/** A line of what is known of a row; none for an empty value. */
export function Fact({ name, value }: { name: string; value: string }) {
  if (value === '') return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** A moment, in full and from now. */
export function Moment({ name, at, more = '' }: { name: string; at: number | null; more?: string | undefined }) {
  const { store } = usePage();
  if (at === null) return null;
  return <Fact name={name} value={`${new Date(at).toISOString()} (${relative(at, store.serverNow.value)})${more === '' ? '' : ` by ${more}`}`} />;
}
