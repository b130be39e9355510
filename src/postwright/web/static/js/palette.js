// The command palette: places, actions, recent drafts and posts. A list box under a search field.
import { Controller } from "./core.js"

const THEMES = [["As the system", "system"], ["Light", "light"], ["Dark", "dark"]]

export class Palette extends Controller {
  static values = { url: String }

  connect() {
    this.element.innerHTML = `<div class="palette-field"><input class="input" type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list" aria-label="Search places, actions, drafts and posts" placeholder="Go to a place, do something, find a draft or a post" autocomplete="off" spellcheck="false"></div><ul id="palette-list" role="listbox" aria-label="Results"></ul><p class="palette-none hint" hidden>Nothing by that name. Press Enter to search all posts.</p>`
    this.field = this.element.querySelector("input")
    this.list = this.element.querySelector("ul")
    this.none = this.element.querySelector(".palette-none")
    this.element.addEventListener("palette:open", () => this.open())
    this.element.addEventListener("click", (event) => { if (event.target === this.element) this.element.close() })
    this.field.addEventListener("input", () => this.show())
    this.field.addEventListener("keydown", (event) => this.key(event))
  }

  open() {
    this.entries = [{ kind: "Loading", name: "One moment…", href: null }]
    this.field.value = ""
    this.element.showModal()
    this.show()
    this.loading = this.load()
  }

  async load() {
    const themes = THEMES.map(([name, theme]) => ({ kind: "Theme", name, theme }))
    try {
      const answer = await fetch(this.urlValue, { headers: { Accept: "application/json" } })
      if (!answer.ok) throw new Error(`The server answered ${answer.status}.`)
      this.entries = [...(await answer.json()).items, ...themes]
    } catch {
      this.entries = [{ kind: "Try again in a moment", name: "The server does not answer", href: null }, ...themes]
    }
    this.show()
  }

  show() {
    const words = this.field.value.toLowerCase().split(/\s+/).filter(Boolean)
    this.found = this.entries.filter((entry) => {
      const text = `${entry.name} ${entry.kind} ${entry.words || ""}`.toLowerCase()
      return words.every((word) => text.includes(word))
    }).slice(0, 40)
    this.list.replaceChildren(...this.found.map((entry, index) => this.option(entry, index)))
    this.none.hidden = this.found.length > 0
    this.select(0)
  }

  option(entry, index) {
    const item = document.createElement("li")
    item.role = "option"
    item.id = `palette-${index}`
    const name = document.createElement("span")
    name.className = "clip grow"
    name.textContent = entry.name
    const kind = document.createElement("span")
    kind.className = "hint"
    kind.textContent = entry.note || entry.kind
    item.append(name, kind)
    item.addEventListener("click", () => this.run(entry))
    item.addEventListener("pointermove", () => this.select(index))
    return item
  }

  select(index) {
    this.at = index
    for (const [position, item] of [...this.list.children].entries()) {
      item.setAttribute("aria-selected", position === index)
      if (position === index) item.scrollIntoView({ block: "nearest" })
    }
    this.field.setAttribute("aria-activedescendant", this.found.length ? `palette-${index}` : "")
  }

  async key(event) {
    if (event.isComposing) return
    const steps = { ArrowDown: 1, ArrowUp: -1 }
    if (event.key in steps && this.found.length) {
      event.preventDefault()
      this.select((this.at + steps[event.key] + this.found.length) % this.found.length)
    } else if (event.key === "Enter") {
      event.preventDefault()
      await this.loading // a fast hand is not sent elsewhere
      if (!this.element.open) return
      if (this.found[this.at]) this.run(this.found[this.at])
      else location.assign(`/posts?q=${encodeURIComponent(this.field.value)}`)
    }
  }

  run(entry) {
    this.element.close()
    if (entry.theme) document.querySelector(`[name="theme"][value="${entry.theme}"]`)?.click()
    else if (entry.keys) document.getElementById("keys").showModal()
    else if (entry.href) location.assign(entry.href)
  }
}
