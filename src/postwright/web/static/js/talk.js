// What members tell each other: the bell, the notifications centre, the thread of comments, names after an @.
import { Controller, announce, html } from "./core.js"

const SOON = 200 // ms: one act writes several notices

function listen(controller, kinds, act) {
  controller.heard = kinds.map((kind) => [`postwright:${kind}`, (event) => act(event.detail || {})])
  for (const [name, each] of controller.heard) document.addEventListener(name, each)
}

function deafen(controller) {
  for (const [name, each] of controller.heard || []) document.removeEventListener(name, each)
  clearTimeout(controller.timer)
}

function soon(controller) {
  clearTimeout(controller.timer)
  controller.timer = setTimeout(() => controller.load(), SOON)
}

/** How many notices are unread: looked up once, and again when one comes or is read. */
export class Bell extends Controller {
  static values = { url: String, loud: Boolean }

  connect() {
    listen(this, ["notice", "refresh"], ({ first }) => { if (!first) soon(this) })
    this.load()
  }

  disconnect() {
    deafen(this)
  }

  async load() {
    try { this.element.innerHTML = await html(this.urlValue) } catch { return }
    const count = Number(this.element.querySelector("[data-unread]")?.dataset.unread || 0)
    if (this.loudValue && count > this.count) announce(count === 1 ? "1 unread notification" : `${count} unread notifications`)
    this.count = count
  }
}

/** The notifications centre, kept fresh. */
export class Notices extends Controller {
  connect() {
    listen(this, ["notice", "refresh"], ({ first }) => { if (!first) soon(this) })
  }

  disconnect() {
    deafen(this)
  }

  load() {
    return window.htmx.ajax("GET", location.href, { source: this.element, target: this.element, swap: "morph:outerHTML", select: "#notices" })
  }
}

/** The comments of a draft or a post: fetched when the page is there, and when somebody else wrote. What is being written stays. */
export class Thread extends Controller {
  static values = { id: String, url: String }

  connect() {
    listen(this, ["comment", "refresh"], ({ id, first }) => { if (!first && (!id || id === this.idValue)) soon(this) })
    this.element.addEventListener("toggle", () => { if (this.late && !this.editing()) this.load() }, true)
    if (!this.list()) this.fill()
  }

  disconnect() {
    deafen(this)
  }

  async fill() {
    try {
      await window.htmx.ajax("GET", this.urlValue, { source: this.element, target: this.element, swap: "innerHTML" })
    } catch { return }
    const wanted = location.hash.startsWith("#comment") && document.getElementById(location.hash.slice(1))
    if (wanted) wanted.scrollIntoView({ block: "center" })
  }

  async load() {
    this.late = this.editing()
    if (this.late) return
    if (!this.list()) { await this.fill(); return }
    const before = this.said().size
    await window.htmx.ajax("GET", this.urlValue, { source: this.list(), target: this.list(), swap: "morph:outerHTML", select: "#comment-list" })
    const more = this.said().size - before
    if (more > 0) announce(more === 1 ? "1 new comment" : `${more} new comments`)
  }

  list() {
    return this.element.querySelector("#comment-list")
  }

  editing() {
    return Boolean(this.element.querySelector("#comment-list details.edit[open]"))
  }

  said() {
    return new Set([...this.element.querySelectorAll("[data-comment]")].map((each) => each.dataset.comment))
  }
}

/** After an @ the members' names: arrows choose, Enter or Tab takes, Esc closes. The server finds plain names, too. */
export class Mentions extends Controller {
  static targets = ["text", "list", "chosen"]

  connect() {
    this.people = JSON.parse(this.listTarget.dataset.people || "[]")
  }

  look() {
    const before = this.textTarget.value.slice(0, this.textTarget.selectionStart)
    const found = before.match(/(^|[^\p{L}\p{N}_@])@([\p{L}\p{N}_.'’-]*(?: [\p{L}\p{N}_.'’-]*)?)$/u)
    const words = found?.[2].toLowerCase() ?? null
    const fits = words === null ? [] : this.people.filter(({ name }) => ` ${name.toLowerCase()}`.includes(` ${words}`)).slice(0, 8)
    this.start = found ? before.length - found[2].length - 1 : -1
    this.show(fits)
  }

  show(people) {
    this.fits = people
    this.at = 0
    const list = this.listTarget
    list.replaceChildren(...people.map((each, at) => this.option(each, at)))
    list.hidden = people.length === 0
    this.mark()
    if (people.length) announce(people.length === 1 ? `${people[0].name}: Enter takes the name` : `${people.length} names: arrows choose, Enter takes`)
  }

  option({ name, note }, at) {
    const made = document.createElement("li")
    made.id = `${this.listTarget.id}-${at}`
    made.setAttribute("role", "option")
    made.textContent = name
    if (note) {
      const small = document.createElement("span")
      small.className = "ink3"
      small.textContent = ` ${note}`
      made.append(small)
    }
    made.addEventListener("pointerdown", (event) => { event.preventDefault(); this.take(at) })
    return made
  }

  mark() {
    for (const [at, each] of [...this.listTarget.children].entries()) each.setAttribute("aria-selected", String(at === this.at))
    const current = this.listTarget.children[this.at]
    if (current) this.textTarget.setAttribute("aria-activedescendant", current.id)
    else this.textTarget.removeAttribute("aria-activedescendant")
  }

  key(event) {
    if (event.isComposing) return
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      event.stopPropagation() // in the composer it would schedule
      this.show([])
      this.element.requestSubmit()
      return
    }
    if (this.listTarget.hidden) return
    const last = this.fits.length - 1
    const acts = {
      ArrowDown: () => { this.at = this.at === last ? 0 : this.at + 1; this.mark() },
      ArrowUp: () => { this.at = this.at === 0 ? last : this.at - 1; this.mark() },
      Enter: () => this.take(this.at),
      Tab: () => this.take(this.at),
      Escape: () => this.show([]),
    }
    const act = acts[event.key]
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }

  take(at) {
    const person = this.fits[at]
    const field = this.textTarget
    field.setRangeText(`@${person.name} `, this.start, field.selectionStart, "end")
    const kept = document.createElement("input")
    Object.assign(kept, { type: "hidden", name: "mention", value: person.id })
    this.chosenTarget.append(kept)
    this.show([])
    field.focus()
  }

  leave() {
    this.show([])
  }
}
