// The frame of a page: keys that work everywhere, menus that close, progress, ages that stay true.
import { Controller, isMac, isWriting, toast } from "./core.js"
import { follow } from "./live.js"

const UNITS = [["d", 86400], ["h", 3600], ["min", 60]]

export class Shell extends Controller {
  static targets = ["loading"]
  static values = { live: Boolean }

  connect() {
    this.stops = []
    this.on(document, "keydown", (event) => this.key(event))
    this.on(document, "click", (event) => this.closeMenus(event.target))
    this.on(document, "htmx:beforeRequest", () => this.busy(true))
    this.on(document, "htmx:afterRequest", () => this.busy(false))
    this.on(document, "htmx:responseError", (event) => this.refused(event.detail.xhr))
    this.on(document, "htmx:sendError", () => toast("The server does not answer. What you see is kept; try again in a moment."))
    this.ages = setInterval(() => this.freshen(), 15000)
    for (const each of document.querySelectorAll("[data-keys]")) if (isMac) each.textContent = each.textContent.replace("Ctrl", "⌘")
    if (this.liveValue) follow()
    this.showPlace()
  }

  disconnect() {
    for (const stop of this.stops) stop()
    clearInterval(this.ages)
  }

  on(target, name, act) {
    target.addEventListener(name, act)
    this.stops.push(() => target.removeEventListener(name, act))
  }

  key(event) {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault()
      this.palette()
    } else if (event.key === "Escape") {
      this.closeMenus(null)
    } else if (!isWriting(event) && !event.ctrlKey && !event.metaKey && !event.altKey && !document.querySelector("dialog[open]")) {
      this.plainKey(event)
    }
  }

  plainKey(event) {
    if (event.key === "?") { event.preventDefault(); this.keys() }
    if (event.key === "n" && !event.defaultPrevented) { event.preventDefault(); location.assign("/drafts/new") }
    if (event.key === "/") {
      event.preventDefault()
      const field = document.querySelector("[data-search]")
      if (field) field.focus()
      else location.assign("/posts#search")
    }
  }

  palette() {
    const dialog = document.getElementById("palette")
    if (dialog && !dialog.open) dialog.dispatchEvent(new CustomEvent("palette:open"))
  }

  keys() {
    this.closeMenus(null)
    document.getElementById("keys")?.showModal()
  }

  closeMenus(inside) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (inside && menu.contains(inside)) continue
      const hadFocus = menu.contains(document.activeElement)
      menu.open = false
      if (hadFocus && !inside) menu.querySelector("summary").focus()
    }
  }

  // On a narrow screen the list of settings is a strip: the present page is in sight.
  showPlace() {
    const place = document.querySelector(".settings-list [aria-current]")
    const strip = place?.closest(".settings-list")
    if (strip) strip.scrollLeft += place.getBoundingClientRect().left - (strip.clientWidth - place.offsetWidth) / 2
  }

  busy(yes) {
    this.running = Math.max(0, (this.running || 0) + (yes ? 1 : -1))
    this.loadingTarget.classList.toggle("on", this.running > 0)
  }

  refused(answer) {
    let words = `The server answered ${answer.status}. Nothing was changed.`
    try { words = JSON.parse(answer.responseText).detail || words } catch { /* a page, not a problem */ }
    toast(words, { seconds: 8 })
  }

  freshen() {
    for (const each of document.querySelectorAll("time[data-age]")) {
      const text = age(new Date(each.dateTime))
      if (each.textContent !== text) each.textContent = text
    }
  }
}

function age(moment) {
  const seconds = (Date.now() - moment) / 1000
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) {
      const count = Math.floor(Math.abs(seconds) / size)
      return seconds > 0 ? `${count} ${unit} ago` : `in ${count} ${unit}`
    }
  }
  return seconds >= 0 ? "just now" : "in less than a minute"
}
