// What every island shares. Import from here: { application, Controller, announce, toast, tagged, send, html, csrf }.
import { Application, Controller } from "../vendor/stimulus.js"

export const application = Application.start()
document.documentElement.classList.add("scripted")
export { Controller }

/** Says a change of state to those who do not see it. */
export function announce(text) {
  const live = document.getElementById("live")
  if (!live) return
  live.textContent = ""
  requestAnimationFrame(() => { live.textContent = text })
}

/** A short message at the bottom; `undo` (a function) adds a button. Stays while it is hovered or focused. */
export function toast(text, { undo = null, label = "Undo", seconds = undo ? 10 : 5 } = {}) {
  const place = document.getElementById("toasts")
  if (!place) return null
  const item = document.createElement("div")
  item.className = "toast"
  const words = document.createElement("span")
  words.textContent = text
  item.append(words)
  if (undo) item.append(button(label, () => { close(); undo() }))
  else item.append(button("Dismiss", () => close()))
  place.append(item)
  announce(text)
  let timer = null
  const close = () => { clearTimeout(timer); item.remove() }
  const start = () => { timer = setTimeout(close, seconds * 1000) }
  const stop = () => clearTimeout(timer)
  for (const name of ["pointerenter", "focusin"]) item.addEventListener(name, stop)
  for (const name of ["pointerleave", "focusout"]) item.addEventListener(name, () => { stop(); start() })
  start()
  return { close }
}

function button(label, act) {
  const made = document.createElement("button")
  made.type = "button"
  made.textContent = label
  made.addEventListener("click", act)
  return made
}

/** An element with a class and a text. */
export function tagged(name, className, text = "") {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}

/** The token that a change must carry. */
export function csrf() {
  return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRF-Token"] || ""
}

/** A JSON request to our own API. Throws an Error whose message is the problem's own words; without a status nobody answered. */
export async function send(method, address, body = undefined) {
  const answer = await fetch(address, {
    method,
    headers: { "Accept": "application/json", "X-CSRF-Token": csrf(), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => { throw new Error("The server does not answer. Try again in a moment.") })
  const data = answer.status === 204 ? null : await answer.json().catch(() => null)
  if (answer.ok) return data
  const failure = new Error(data?.detail || `The server answered ${answer.status}.`)
  failure.status = answer.status
  failure.problem = data
  throw failure
}

/** The HTML of an address, as text. */
export async function html(address) {
  const answer = await fetch(address, { headers: { "Accept": "text/html", "HX-Request": "true" } })
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`)
  return answer.text()
}

/** Whether a key press belongs to what is being written. */
export function isWriting(event) {
  const at = event.target
  return event.isComposing || at.isContentEditable || /^(input|textarea|select)$/i.test(at.tagName)
}

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform)
