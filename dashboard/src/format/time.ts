const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A length of time in its two largest units: `850 ms`, `4 s`, `3 min 5 s`, `2 h 10 min`, `5 d 3 h`. */
export function duration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < second) return `${Math.round(ms)} ms`;
  if (ms < minute) return `${Math.floor(ms / second)} s`;
  if (ms < hour) return pair(ms, minute, 'min', second, 's');
  return ms < day ? pair(ms, hour, 'h', minute, 'min') : pair(ms, day, 'd', hour, 'h');
}

function pair(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}

/** `just now`, `12 s ago`, `in 3 s`. */
export function relative(instant: number, now: number): string {
  const age = now - instant;
  if (Math.abs(age) < second) return 'just now';
  return age > 0 ? `${oneUnit(age)} ago` : `in ${oneUnit(-age)}`;
}

function oneUnit(ms: number): string {
  if (ms < minute) return `${Math.floor(ms / second)} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  return ms < day ? `${Math.floor(ms / hour)} h` : `${Math.floor(ms / day)} d`;
}

/** Time of day on this machine, `14:03:07`; the date stands before it when it is not today. */
export function clockTime(instant: number, now: number): string {
  const time = new Date(instant);
  const ofDay = hourMinuteSecond(instant);
  return sameDay(time, new Date(now)) ? ofDay : `${two(time.getMonth() + 1)}-${two(time.getDate())} ${ofDay}`;
}

/** `14:03:07`. */
export function hourMinuteSecond(instant: number): string {
  return `${hourMinute(instant)}:${two(new Date(instant).getSeconds())}`;
}

/** `14:03`. */
export function hourMinute(instant: number): string {
  const time = new Date(instant);
  return `${two(time.getHours())}:${two(time.getMinutes())}`;
}

const sameDay = (a: Date, b: Date): boolean => a.toDateString() === b.toDateString();

const two = (value: number): string => String(value).padStart(2, '0');
