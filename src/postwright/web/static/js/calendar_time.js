// Wall clocks as text ("2026-11-21T10:00:00"): arithmetic that no browser's own zone can bend.

/** A wall time some minutes later. */
export function addMinutes(wall, minutes) {
  const moved = new Date(Date.parse(`${wall.slice(0, 19)}Z`) + minutes * 60000)
  return moved.toISOString().slice(0, 19)
}

/** The wall time that a Date of the grid shows. */
export function wallOf(date) {
  const pad = (number) => String(number).padStart(2, "0")
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}T${pad(date.getHours())}:${pad(date.getMinutes())}:00`
}

/** "Tue 24 Nov, 10:00" */
export function stampName(wall) {
  return `${named(wall, { weekday: "short", day: "numeric", month: "short" })}, ${wall.slice(11, 16)}`
}

/** "Tuesday 24 November" */
export function dayName(wall) {
  return named(wall, { weekday: "long", day: "numeric", month: "long" })
}

/** "09:30" of the minutes of a day, also beyond its ends. */
export function hourName(minutes) {
  const within = ((minutes % 1440) + 1440) % 1440
  return `${String(Math.floor(within / 60)).padStart(2, "0")}:${String(within % 60).padStart(2, "0")}`
}

function named(wall, form) {
  return new Date(`${wall.slice(0, 10)}T00:00:00Z`).toLocaleDateString("en-GB", { ...form, timeZone: "UTC" }).replaceAll(",", "")
}
