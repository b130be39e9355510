// Small behaviours of a few lines each.
import { Controller, announce, html } from "./core.js"

/** The theme changes at once; the cookie lets the server draw the next page in it. */
export class Theme extends Controller {
  choose(event) {
    event.preventDefault()
    const theme = event.submitter.value
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`
    if (theme === "system") delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
    for (const each of document.querySelectorAll('[name="theme"]')) {
      if (each.value === theme) each.setAttribute("aria-current", "true")
      else each.removeAttribute("aria-current")
    }
    announce(`Theme: ${event.submitter.textContent.trim()}`)
  }
}

/** Fills a menu when it opens for the first time. */
export class Lazy extends Controller {
  static targets = ["panel"]
  static values = { url: String }

  connect() {
    this.element.addEventListener("toggle", () => this.load(), { once: true })
  }

  async load() {
    try { this.panelTarget.innerHTML = await html(this.urlValue) } catch { /* the link that was there stays */ }
  }
}

/** What a redirect said is said once: a reload does not repeat it. */
export class Said extends Controller {
  connect() {
    const address = new URL(location)
    address.searchParams.delete("said")
    history.replaceState(history.state, "", address)
    announce(this.element.textContent.trim())
  }
}

/** Preselects the browser's own time zone in a form that has none yet. */
export class Zone extends Controller {
  connect() {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
    if (zone && !this.element.dataset.kept) this.element.value = zone
  }
}

/** A piece of a page about one post: fetched afresh when that post changes, and said aloud. */
export class LivePost extends Controller {
  static values = { id: String, url: String }

  connect() {
    this.changed = (event) => {
      const { id, post } = event.detail
      if (event.type === "postwright:refresh" || id === this.idValue || post === this.idValue) this.soon()
    }
    for (const kind of ["post", "refresh"]) document.addEventListener(`postwright:${kind}`, this.changed)
  }

  disconnect() {
    for (const kind of ["post", "refresh"]) document.removeEventListener(`postwright:${kind}`, this.changed)
    clearTimeout(this.timer)
  }

  // A transition touches several tables: one look for all of them.
  soon() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.load(), 120)
  }

  async load() {
    const before = this.element.dataset.state
    await window.htmx.ajax("GET", this.urlValue, { source: this.element, target: this.element, swap: "morph:outerHTML" })
    const after = this.element.dataset.state
    if (after && before !== after) {
      this.element.classList.add("changed")
      announce(this.element.dataset.says || after)
    }
  }
}
