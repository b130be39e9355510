// One variant's form: counts and previews by the platform's own rule as one types, saves, and keeps what cannot be saved.
import { Controller, send } from "./core.js"

const tell = (detail) => document.dispatchEvent(new CustomEvent("composer:state", { detail }))

export class Variant extends Controller {
  static targets = ["text", "backdrop", "alt"]
  static values = { draft: String, slug: String, name: String }

  connect() {
    this.saved = this.payload((field) => field.options ? field.querySelector("[selected]")?.value ?? "" : field.defaultValue)
    this.restore()
    this.draw()
    if (this.dirty) this.typed() // kept here, or put back by the browser itself
  }

  disconnect() {
    clearTimeout(this.lookTimer)
    clearTimeout(this.saveTimer)
    this.looking?.abort()
  }

  get texts() { return this.textTargets }
  get key() { return `postwright:draft:${this.draftValue}:${this.slugValue}` }
  get dirty() { return this.payload() !== this.saved }
  get version() { return this.element.querySelector("[name=version]") }

  /** What is typed (or, by another `read`, what the server sent), as the API takes it, in a form that can be compared. */
  payload(read = (field) => field.value) {
    const fields = this.element.elements
    const texts = this.texts.map(read)
    const sent = this.element.querySelector("[name=part]") ? { thread: texts, text: texts[0] } : { text: texts[0] ?? "" }
    if (fields.namedItem("title")) sent.title = read(fields.namedItem("title"))
    sent.hashtags = read(fields.namedItem("hashtags")).split(/[\s,]+/).filter(Boolean)
    if (this.altTargets.length) sent.alt_texts = this.altTargets.map(read)
    if (fields.namedItem("privacy_level")) sent.options = { privacy_level: read(fields.namedItem("privacy_level")) || null }
    return JSON.stringify(sent)
  }

  typed() {
    this.draw()
    if (!this.dirty) return
    this.keep()
    if (!this.conflict) tell({ kind: "busy", text: "Not saved yet" })
    clearTimeout(this.lookTimer)
    this.lookTimer = setTimeout(() => this.look(), 120)
    clearTimeout(this.saveTimer)
    if (!this.conflict) this.saveTimer = setTimeout(() => this.save(), 800)
  }

  // The overflow is marked on a layer behind the field: typing is never blocked.

  draw() {
    this.texts.forEach((text, at) => {
      const backdrop = this.backdropTargets[at]
      if (!backdrop) return
      const counter = document.getElementById(`${text.id}-count`)
      const from = counter?.dataset.overflow
      backdrop.replaceChildren()
      if (from === "" || from === undefined) return
      const signs = Array.from(text.value) // the server counts code points
      const mark = document.createElement("mark")
      mark.textContent = signs.slice(Number(from)).join("")
      backdrop.append(signs.slice(0, Number(from)).join(""), mark, "\n")
      backdrop.scrollTop = text.scrollTop
    })
  }

  scrolled(event) {
    const at = this.texts.indexOf(event.target)
    if (this.backdropTargets[at]) this.backdropTargets[at].scrollTop = event.target.scrollTop
  }

  async look() {
    this.looking?.abort()
    this.looking = new AbortController()
    try {
      const address = `/drafts/${this.draftValue}/variants/${this.slugValue}/look`
      const headers = { "HX-Request": "true", "Accept": "text/html" }
      const answer = await fetch(address, { method: "POST", body: new FormData(this.element), headers, signal: this.looking.signal })
      if (!answer.ok) return
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html")
      for (const piece of fresh.querySelectorAll("[id]")) {
        const place = document.getElementById(piece.id)
        if (place && !piece.parentElement.closest("[id]")) window.Idiomorph.morph(place, piece, { morphStyle: "outerHTML" })
      }
      this.draw()
      document.dispatchEvent(new CustomEvent("composer:looked"))
    } catch { /* aborted by the next key, or offline: the save says so */ }
  }

  // Saving. What cannot be saved is kept in this browser until it can.

  async save() {
    clearTimeout(this.saveTimer)
    if (this.saving) await this.saving
    if (!this.dirty || this.conflict) return
    this.saving = this.send()
    await this.saving
    this.saving = null
  }

  async send() {
    const sent = this.payload()
    tell({ kind: "busy", text: "Saving…" })
    try {
      const address = `/api/v1/drafts/${this.draftValue}/variants/${this.slugValue}`
      const draft = await send("PATCH", address, { version: Number(this.version.value), ...JSON.parse(sent) })
      this.version.value = draft.version
      this.saved = sent
      if (!this.dirty) this.drop()
      tell({ kind: "saved" })
      document.dispatchEvent(new CustomEvent("composer:saved"))
    } catch (error) {
      this.refused(error)
    }
  }

  refused(error) {
    this.keep()
    if (error.status === 409 && error.problem?.field === "version") {
      this.conflict = error.message.split(" changed ")[0]
      tell({ kind: "bad", text: `${this.conflict} changed this`, by: this.conflict })
    } else if (error.status && error.status < 500) {
      tell({ kind: "bad", text: error.message })
    } else {
      tell({ kind: "bad", text: "Offline, kept here", away: true }) // the composer tries again
    }
  }

  /** Saves over what somebody else wrote, after a person compared. */
  async overwrite(version) {
    this.conflict = null
    this.version.value = version
    await this.save()
  }

  /** What is typed here no longer counts: the server's version comes in. */
  forget() {
    this.conflict = null
    this.drop()
    this.saved = this.payload()
  }

  // What somebody writes must not be replaced by what came in from elsewhere.

  mustStay(fresh) {
    const incoming = fresh.querySelector(`[data-panel="${this.slugValue}"]`)
    if (!incoming) return false
    const theirs = Number(incoming.dataset.revision) > Number(this.element.dataset.revision) && incoming.dataset.by !== "you"
    const writing = this.dirty || this.element.contains(document.activeElement)
    if (theirs && writing) {
      this.conflict = incoming.dataset.by || "Somebody"
      tell({ kind: "bad", text: `${this.conflict} changed this`, by: this.conflict })
    }
    return this.dirty || (theirs && writing)
  }

  /** After a fresh page came in: what was let in is what is saved; what stayed as it was typed still has to be. */
  settled(stayed) {
    if (!stayed) this.saved = this.payload()
    this.draw()
  }

  keep() {
    try { localStorage.setItem(this.key, JSON.stringify({ version: this.version.value, payload: this.payload() })) } catch { /* no room: the page itself still holds it */ }
  }

  drop() {
    try { localStorage.removeItem(this.key) } catch { /* nothing was kept */ }
  }

  /** What an earlier visit could not save comes back into the fields. */
  restore() {
    let kept = null
    try { kept = JSON.parse(localStorage.getItem(this.key) || "null") } catch { this.drop() }
    if (!kept || kept.payload === this.saved) return this.drop()
    const typed = JSON.parse(kept.payload)
    const parts = typed.thread || [typed.text]
    if (parts.length !== this.texts.length) return this.drop()
    parts.forEach((part, at) => { this.texts[at].value = part })
    const form = this.element.elements
    if (typed.title !== undefined && form.namedItem("title")) form.namedItem("title").value = typed.title
    if (form.namedItem("hashtags")) form.namedItem("hashtags").value = typed.hashtags.join(" ")
    this.version.value = kept.version
  }

  // Parts of a thread.

  addPart(event) {
    const line = event.currentTarget.closest("li")
    const text = line.querySelector("textarea")
    const made = line.cloneNode(true)
    made.querySelector("textarea").value = ""
    line.after(made)
    this.renumber()
    made.querySelector("textarea").focus()
    this.typed()
    if (!text.value) text.focus()
  }

  dropPart(event) {
    event.currentTarget.closest("li").remove()
    this.renumber()
    this.typed()
  }

  /** Ids follow the order, so that counters find their fields. */
  renumber() {
    const lines = [...this.element.querySelectorAll(".thread > li")]
    lines.forEach((line, at) => {
      const text = line.querySelector("textarea")
      text.id = `text-${this.slugValue}-${at}`
      text.setAttribute("aria-label", `${this.nameValue}, part ${at + 1}`)
      text.setAttribute("aria-describedby", `${text.id}-count`)
      line.querySelector(".counter").id = `${text.id}-count`
      const place = line.querySelector("[data-count]")
      place.id = `${text.id}-count-place`
      place.dataset.count = String(at)
    })
  }
}
