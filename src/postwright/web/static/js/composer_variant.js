// One variant's form: counts and previews by the platform's own rule as one types, saves, and keeps what cannot be saved.
import { Controller, send } from "./core.js"
import { drop, keep, kept, tell } from "./composer_kept.js"
import { lookForChoices, optionsOf, putOptions } from "./composer_options.js"

export class Variant extends Controller {
  static targets = ["text", "backdrop", "alt"]
  static values = { draft: String, slug: String, name: String }

  connect() {
    this.saved = this.payload((field) => field.options ? field.querySelector("[selected]")?.value ?? "" : field.defaultValue, true)
    this.element.choicesTimer = lookForChoices(this.element)
    this.restore()
    this.draw()
    if (this.dirty) this.typed() // kept here, or put back by the browser itself
  }

  disconnect() {
    clearTimeout(this.lookTimer)
    clearTimeout(this.saveTimer)
    clearTimeout(this.element.choicesTimer)
    this.looking?.abort()
  }

  get texts() { return this.textTargets }
  get lines() { return [...this.element.querySelectorAll(".thread > li")] }
  get key() { return `postwright:draft:${this.draftValue}:${this.slugValue}` }
  /** All that a person reads of it, as typed. */
  get words() {
    const { title, hashtags } = this.element.elements
    return [title?.value, ...this.texts.map((text) => text.value), hashtags.value].filter(Boolean).join("\n\n")
  }
  get dirty() { return this.payload() !== this.saved }
  get version() { return this.element.querySelector("[name=version]") }

  /** What is typed (or, by another `read`, what the server sent), as the API takes it, in a form that can be compared. */
  payload(read = (field) => field.value, initially = false) {
    const fields = this.element.elements
    const texts = this.texts.map(read)
    const sent = this.element.querySelector("[name=part]") ? { thread: texts, text: texts[0] } : { text: texts[0] ?? "" }
    if (fields.namedItem("title")) sent.title = read(fields.namedItem("title"))
    sent.hashtags = read(fields.namedItem("hashtags")).split(/[\s,]+/).filter(Boolean)
    if (this.altTargets.length) sent.alt_texts = this.altTargets.map(read)
    const options = optionsOf(this.element, initially)
    if (options) sent.options = options
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
    while (this.saving) await this.saving
    if (!this.dirty || this.conflict) return
    this.saving = this.send()
    await this.saving
    this.saving = null
  }

  /** Runs an act that saves this form, too: no save runs beside it, and nothing is typed into what it replaces. */
  async meanwhile(act) {
    clearTimeout(this.saveTimer)
    while (this.saving) await this.saving
    const done = this.hold(act)
    this.saving = done.catch(() => {})
    try { await done } finally { this.saving = null }
  }

  async hold(act) {
    const held = this.texts
    for (const text of held) text.readOnly = true
    try { await act() } finally { for (const text of held) text.readOnly = false }
  }

  async send() {
    const sent = this.payload()
    tell({ kind: "busy", text: "Saving…" })
    try {
      const address = `/api/v1/drafts/${this.draftValue}/variants/${this.slugValue}`
      const draft = await send("PATCH", address, { version: Number(this.version.value), ...JSON.parse(sent) })
      this.version.value = draft.version
      this.saved = sent
      this.conflict = null // what a look saw meanwhile was before this
      if (!this.dirty) drop(this.key)
      tell({ kind: "saved" })
      document.dispatchEvent(new CustomEvent("composer:saved", { detail: {} }))
    } catch (error) {
      this.refused(error)
    }
  }

  refused(error) {
    this.keep()
    if (error.status === 409 && error.problem?.field === "version") {
      this.conflict = error.message.split(" changed ")[0]
      tell({ kind: "bad", text: `${this.conflict} changed this` })
    } else if (error.status && error.status < 500) {
      tell({ kind: "bad", text: error.message })
    } else {
      tell({ kind: "bad", text: "Offline, kept here", away: true }) // the composer tries again
    }
  }

  /** Saves over what somebody else wrote, after a person compared. */
  async overwrite(version) {
    this.conflict = null
    this.version.value = this.element.dataset.revision = version // theirs up to here is known
    await this.save()
  }

  /** What is typed here no longer counts: the server's version comes in. */
  forget() {
    this.conflict = null
    drop(this.key)
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
      tell({ kind: "bad", text: `${this.conflict} changed this` })
    }
    return this.dirty || (theirs && writing)
  }

  /** After a fresh page came in: what was let in is what is saved; what stayed as it was typed still has to be. */
  settled(stayed) {
    if (!stayed) {
      this.saved = this.payload()
      this.conflict = null
    }
    this.draw()
  }

  keep() {
    keep(this.key, { version: this.version.value, payload: this.payload() })
  }

  /** What an earlier visit could not save comes back into the fields. */
  restore() {
    const mine = kept(this.key)
    if (!mine || mine.payload === this.saved) return drop(this.key)
    const typed = JSON.parse(mine.payload)
    const put = (field, value) => { if (field && value !== undefined) field.value = value }
    this.fit(typed.thread || [typed.text]).forEach((part, at) => put(this.texts[at], part))
    this.altTargets.forEach((alt, at) => put(alt, typed.alt_texts?.[at]))
    const fields = this.element.elements
    put(fields.namedItem("title"), typed.title)
    put(fields.namedItem("hashtags"), typed.hashtags.join(" "))
    putOptions(this.element, typed.options)
    this.version.value = mine.version
  }

  /** A thread gets as many fields as there are parts; the one field of a text takes them all. */
  fit(parts) {
    if (!this.lines.length) return [parts.join("\n\n")]
    while (this.lines.length < parts.length) this.lines.at(-1).after(this.lines.at(-1).cloneNode(true))
    for (const line of this.lines.slice(parts.length)) line.remove()
    this.renumber()
    return parts
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
    this.lines.forEach((line, at) => {
      const text = line.querySelector("textarea")
      text.id = `text-${this.slugValue}-${at}`
      text.setAttribute("aria-label", `${this.nameValue}, part ${at + 1}`)
      text.setAttribute("aria-describedby", `${text.id}-count`)
      line.querySelector(".counter").id = `${text.id}-count`
      const place = line.querySelector("[data-count]")
      place.id = `${text.id}-count-place`
      place.dataset.count = String(at)
      for (const button of line.querySelectorAll("button[aria-label]")) button.setAttribute("aria-label", button.getAttribute("aria-label").replace(/\d+$/, at + 1))
    })
  }
}
