// Small behaviours of a few lines each.
import { Controller, announce, html } from "./core.js"

const SETTLED = new Set(["published", "failed", "unconfirmed", "missed"])

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

/** The one-time link: with a script the page sends itself on, once the zone is known. */
export class Welcome extends Controller {
  connect() {
    requestAnimationFrame(() => this.element.requestSubmit())
  }
}

// A fresh look leaves what somebody is typing into a field, and what they opened or closed, even while it was on its way.
window.Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
  !(node.closest('[data-controller~="live-post"]') &&
    ((name === "value" && node.value !== node.defaultValue) || (name === "open" && node.localName === "details")))

/** A piece of a page about one post (or, without an id, about any): fetched afresh when one changes, and said aloud. */
export class LivePost extends Controller {
  static values = { id: String, url: String, select: String }

  connect() {
    this.changed = (event) => {
      const { id, post, first } = event.detail
      if (first ? this.moving() : !this.idValue || !id || id === this.idValue || post === this.idValue) this.soon()
    }
    for (const kind of ["post", "refresh"]) document.addEventListener(`postwright:${kind}`, this.changed)
  }

  disconnect() {
    for (const kind of ["post", "refresh"]) document.removeEventListener(`postwright:${kind}`, this.changed)
    clearTimeout(this.timer)
  }

  // Between the drawing of the page and the opening of the stream a post may have gone on.
  moving() {
    return this.pieces().some((each) => ["scheduled", "publishing"].includes(each.dataset.state))
  }

  // A transition touches several tables: one look for all of them.
  soon() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.load(), this.idValue ? 120 : 300)
  }

  async load() {
    const before = this.states()
    const swap = this.selectValue ? { select: this.selectValue } : {}
    await window.htmx.ajax("GET", this.urlValue, { source: this.element, target: this.element, swap: "morph:outerHTML", ...swap })
    this.tell(before)
  }

  states() {
    return new Map(this.pieces().map((each) => [each.id, each.dataset.state]))
  }

  pieces() {
    return [this.element, ...this.element.querySelectorAll("[data-state]")].filter((each) => each.id && each.dataset.state)
  }

  tell(before) {
    const news = this.pieces().filter((each) => before.has(each.id) ? before.get(each.id) !== each.dataset.state : SETTLED.has(each.dataset.state))
    for (const each of news) {
      each.classList.remove("changed")
      requestAnimationFrame(() => each.classList.add("changed"))
    }
    if (news.length) announce(news.length > 3 ? `${news.length} posts changed their state` : news.map((each) => each.dataset.says).join(". "))
  }
}

/** A list of posts: a changed post gets a fresh row in its place; after a gap the list is read again. */
export class LiveList extends Controller {
  connect() {
    this.changed = (event) => this.look(event.detail)
    for (const kind of ["post", "refresh"]) document.addEventListener(`postwright:${kind}`, this.changed)
  }

  disconnect() {
    for (const kind of ["post", "refresh"]) document.removeEventListener(`postwright:${kind}`, this.changed)
  }

  look({ id, post, first }) {
    const moving = this.element.querySelector('[data-state="publishing"], [data-state="scheduled"]')
    if (first && !moving) return
    const row = [post, id].map((each) => each && this.element.querySelector(`#post-${CSS.escape(each)}`)).find(Boolean)
    if (!id) this.refresh(this.element, location.href, "#found")
    else if (row) this.refresh(row, `/posts/${row.id.slice("post-".length)}/row`)
  }

  refresh(target, address, select) {
    clearTimeout(target.timer)
    target.timer = setTimeout(async () => {
      const before = target.dataset.state
      await window.htmx.ajax("GET", address, { source: target, target, swap: "morph:outerHTML", ...(select ? { select } : {}) })
      if (before && before !== target.dataset.state) {
        target.classList.add("changed")
        announce(target.dataset.says)
      }
    }, 120)
  }
}

/** The filters of a list: what is empty stays out of the address. */
export class Filters extends Controller {
  connect() {
    this.element.addEventListener("htmx:configRequest", (event) => {
      for (const [name, value] of [...event.detail.formData.entries()]) if (value === "") event.detail.formData.delete(name)
    })
  }
}
