// Wall clocks as text ("2026-11-21T10:00:00"): arithmetic that no browser's own zone can bend.

/** How the reader writes dates and times: the locale of their profile. */
const DATES = document.documentElement.dataset.dates || "en-GB"

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
  return `${named(wall, { weekday: "short", day: "numeric", month: "short" })}, ${clockName(wall)}`
}

/** "10:00", or "10:00 AM" where the reader writes so. */
export function clockName(wall) {
  return new Date(`${wall.slice(0, 16)}Z`).toLocaleTimeString(DATES, { hour: DATES === "en-US" ? "numeric" : "2-digit", minute: "2-digit", timeZone: "UTC" })
}

/** "Tuesday 24 November" */
export function dayName(wall) {
  return named(wall, { weekday: "long", day: "numeric", month: "long" })
}

/** "09:30" of the minutes of a day, also beyond its ends. */
export function hourName(minutes) {
  const within = ((minutes % 1440) + 1440) % 1440
  return clockName(`2000-01-01T${String(Math.floor(within / 60)).padStart(2, "0")}:${String(within % 60).padStart(2, "0")}`)
}

/** A day of a wall time by the parts that are asked for. */
export function named(wall, form) {
  return new Date(`${wall.slice(0, 10)}T00:00:00Z`).toLocaleDateString(DATES, { ...form, timeZone: "UTC" }).replaceAll(",", "")
}
