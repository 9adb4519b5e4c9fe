// Days and times as this phone's clock shows them; they are claims.

const two = (number) => String(number).padStart(2, "0");

/** Write a day as `2026-11-25`. */
export function localDay(date) {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Write a moment as `2026-11-25T08:01:02+10:00`: a phone may be set to another zone. */
export function localMoment(date) {
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  const east = -date.getTimezoneOffset();
  const offset = `${two(Math.floor(Math.abs(east) / 60))}:${two(Math.abs(east) % 60)}`;
  return `${localDay(date)}T${time}${east < 0 ? "-" : "+"}${offset}`;
}
