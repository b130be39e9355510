// The idea's form, saved as one writes. Variants that follow it are made anew by the server.
import { Controller, send, toast } from "./core.js"
import { drop, keep, kept, tell } from "./composer_kept.js"

export class IdeaForm extends Controller {
  static values = { draft: String }

  connect() {
    const { version, idea, title } = this.element.elements
    const mine = kept(this.key)
    if (!mine || (mine.idea === idea.value && mine.title === title.value)) return drop(this.key)
    idea.value = mine.idea
    title.value = mine.title
    version.value = mine.version
    this.typed()
  }

  disconnect() {
    clearTimeout(this.timer)
  }

  get key() { return `postwright:draft:${this.draftValue}:idea` }
  get address() { return `/api/v1/drafts/${this.draftValue}` }

  /** Whether something was typed that the server does not have yet: nothing comes in over it. */
  get dirty() { return Boolean(this.changed || this.saving) }

  typed() {
    this.changed = true
    keep(this.key, this.body())
    tell({ kind: "busy", text: "Not saved yet" })
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.save(), 1200)
  }

  body() {
    const { version, idea, title } = this.element.elements
    return { version: Number(version.value), idea: idea.value, title: title.value }
  }

  async save() {
    clearTimeout(this.timer)
    while (this.saving) await this.saving
    if (!this.changed) return
    this.saving = this.send()
    await this.saving
    this.saving = null
  }

  async send() {
    this.changed = false
    tell({ kind: "busy", text: "Saving…" })
    try {
      const draft = await send("PATCH", this.address, this.body())
      this.element.elements.version.value = draft.version
      if (!this.changed) drop(this.key)
      tell({ kind: "saved" })
      document.dispatchEvent(new CustomEvent("composer:saved", { detail: { ms: 0 } }))
    } catch (error) {
      this.refused(error)
    }
  }

  refused(error) {
    this.changed = true
    const away = !error.status || error.status >= 500
    tell({ kind: "bad", text: away ? "Offline, kept here" : error.message, away })
    if (error.status !== 409) return
    drop(this.key)
    toast("Yours is kept in the field. Reload the page to see theirs.", { undo: () => this.overwrite(), label: "Save mine over it", seconds: 30 })
  }

  async overwrite() {
    try {
      this.element.elements.version.value = (await send("GET", this.address)).version
    } catch (error) {
      return this.refused(error)
    }
    await this.save()
  }
}
