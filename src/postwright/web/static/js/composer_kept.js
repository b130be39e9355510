// What the server does not have yet is kept in this browser until it does.
export function keep(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)) } catch { /* no room: the page itself still holds it */ }
}

export function drop(key) {
  try { localStorage.removeItem(key) } catch { /* nothing was kept */ }
}

/** What was kept under this name, or null. */
export function kept(key) {
  try { return JSON.parse(localStorage.getItem(key) || "null") } catch { return null }
}

/** Tells the composer how saving stands: { kind: "busy" | "saved" | "bad", text, away }. */
export function tell(detail) {
  document.dispatchEvent(new CustomEvent("composer:state", { detail }))
}
