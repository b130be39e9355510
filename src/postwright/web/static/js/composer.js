// The composer: variants beside the idea, saved as one writes. Every form here also works without this file.
import { application, Controller, announce, html, toast } from "./core.js"
import { IdeaForm } from "./composer_idea.js"
import { NewIdea } from "./composer_new.js"
import { ScheduleBox } from "./composer_schedule.js"
import { Variant } from "./composer_variant.js"

class Composer extends Controller {
  static targets = ["state", "compare", "tabs", "dialog"]
  static values = { draft: String, active: String }

  connect() {
    this.stops = []
    this.changes = 0 // of the draft, made here: a look that began before one of them is an old one
    this.on(document, "keydown", (event) => this.key(event))
    this.on(document, "postwright:draft", (event) => event.detail.id === this.draftValue && this.refreshSoon())
    this.on(document, "postwright:post", () => this.refreshSoon(400)) // one of this draft may have gone out
    this.on(document, "postwright:refresh", () => this.refreshSoon()) // also once the stream stands: a save may have crossed the load
    this.on(window, "online", () => this.comeBack())
    this.on(window, "focus", () => this.comeBack())
    this.on(document, "visibilitychange", () => document.hidden || this.comeBack())
    this.on(document, "composer:state", (event) => this.tell(event.detail))
    this.on(document, "composer:saved", (event) => this.saved(event.detail.ms))
    this.reveal(this.element)
  }

  disconnect() {
    for (const stop of this.stops) stop()
    clearTimeout(this.timer)
    clearTimeout(this.awayTimer)
  }

  on(target, name, act) {
    target.addEventListener(name, act)
    this.stops.push(() => target.removeEventListener(name, act))
  }

  // Keys. None of them while an input method composes a word.

  key(event) {
    if (event.isComposing || event.keyCode === 229 || document.querySelector("dialog[open]")) return
    const mod = event.ctrlKey || event.metaKey
    if (event.key === "Enter" && mod && this.scheduleBox) {
      event.preventDefault()
      if (event.shiftKey) this.scheduleBox.publishNow()
      else this.scheduleBox.schedule()
    } else if (event.altKey && !mod && !event.shiftKey && /^Digit[1-9]$/.test(event.code)) {
      const tab = this.tabs[Number(event.code.slice(5)) - 1]
      if (!tab) return
      event.preventDefault()
      this.show(tab.dataset.platform, true)
    }
  }

  // Which variant and, on a narrow screen, which part of the page is shown.

  get tabs() { return [...this.tabsTarget.querySelectorAll("[data-platform]")] }

  // The parts of the page. Each looks after itself; the composer brings in what is new and asks them to save.

  get variants() { return [...this.element.querySelectorAll("[data-panel]")].map((panel) => island(panel, "variant")).filter(Boolean) }
  get idea() { return island(this.element.querySelector("[data-controller=idea]"), "idea") }
  get scheduleBox() { return island(this.element.querySelector("[data-controller=schedule-box]"), "schedule-box") }

  /** The name of what is not on the server yet; empty when all is. */
  get unsaved() { return this.variants.find((variant) => variant.dirty)?.nameValue || (this.idea?.dirty ? "The idea" : "") }

  choose(event) {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button > 0) return
    event.preventDefault()
    this.show(event.currentTarget.dataset.platform)
    if (event.currentTarget.closest(".side-by-side")) {
      this.element.querySelector(".columns").scrollIntoView({ block: "start" })
      document.getElementById(`text-${this.activeValue}-0`)?.focus({ preventScroll: true })
    }
  }

  show(slug, focus = false) {
    if (slug !== this.activeValue) this.tabs.find((tab) => tab.dataset.platform === slug)?.scrollIntoView({ block: "nearest", inline: "nearest" })
    this.activeValue = slug
    for (const panel of this.element.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== slug
    for (const beside of this.element.querySelectorAll("[data-beside]")) beside.hidden = beside.dataset.beside !== slug
    for (const tab of this.tabs) {
      if (tab.dataset.platform === slug) tab.setAttribute("aria-current", "page")
      else tab.removeAttribute("aria-current")
    }
    history.replaceState(history.state, "", `/drafts/${this.draftValue}?platform=${slug}`)
    for (const variant of this.variants) variant.draw()
    if (focus) {
      document.getElementById(`text-${slug}-0`)?.focus()
      announce(this.tabs.find((tab) => tab.dataset.platform === slug)?.innerText.trim() || slug)
    }
  }

  part(event) {
    this.element.dataset.show = event.currentTarget.dataset.part
    for (const button of event.currentTarget.parentElement.children) {
      button.setAttribute("aria-pressed", String(button === event.currentTarget))
    }
    for (const variant of this.variants) variant.draw()
  }

  // Acts: a button of a form that changes the draft. What was typed is saved with it.

  async act(event) {
    event.preventDefault()
    if (this.acting) return
    this.acting = true
    const { target: form, submitter } = event
    this.tell({ kind: "busy", text: "Working…" })
    try {
      const variant = island(form, "variant")
      await this.flush(variant)
      await (variant ? variant.meanwhile(() => this.send(form, submitter)) : this.send(form, submitter))
    } catch (error) {
      const away = error instanceof TypeError
      this.tell({ kind: "bad", text: away ? "Offline, kept here" : error.message, away })
      toast(away ? "The server does not answer. What you typed is kept here." : error.message, { seconds: 8 })
    } finally {
      this.acting = false
      if (submitter) submitter.disabled = false
    }
  }

  async send(form, submitter) {
    const body = new FormData(form, submitter)
    if (submitter) submitter.disabled = true
    const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true", "Accept": "application/json" } })
    if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.detail || `The server answered ${answer.status}.`)
    const page = await answer.text()
    island(form, "variant")?.forget()
    this.changes += 1
    this.morph(page)
    this.tell({ kind: "saved" })
  }

  /** Everything typed is on the server when this returns, or is kept here and says so. */
  async flush(except = null) {
    await this.idea?.save()
    for (const variant of this.variants) if (variant !== except) await variant.save()
  }

  // The server does not answer: try again, ever more rarely, and at once when there is reason to hope.

  goAway() {
    this.away = Math.min((this.away || 1000) * 2, 30000)
    clearTimeout(this.awayTimer)
    this.awayTimer = setTimeout(() => this.comeBack(), this.away)
  }

  async comeBack() {
    if (!this.away || this.comingBack) return
    this.comingBack = true
    clearTimeout(this.awayTimer)
    try {
      await this.flush()
      if (this.unsaved) return
      const answer = await fetch(`/api/v1/drafts/${this.draftValue}`, { headers: { "Accept": "application/json" } })
      if (answer.ok) this.tell({ kind: "saved" })
      this.refreshSoon(0)
    } catch { /* still away */ } finally {
      this.comingBack = false
      if (this.away) this.goAway()
    }
  }

  // What the server knows comes in by morphing; what somebody is writing is never touched.

  refreshSoon(ms = 250) {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.refresh(), ms)
  }

  saved(ms = 400) {
    this.changes += 1
    this.refreshSoon(ms)
  }

  async refresh() {
    if (this.idea?.dirty || this.refreshing) return this.refreshSoon(600)
    this.refreshing = true
    const { changes } = this
    try {
      const answer = await fetch(`/drafts/${this.draftValue}?platform=${this.activeValue}`, { headers: { "HX-Request": "true", "Accept": "text/html" } })
      const page = answer.ok ? await answer.text() : ""
      if (changes !== this.changes) this.refreshSoon() // an act or a save came in between: this is how it was before
      else if (page) this.morph(page)
    } catch { /* the stream tells when the server is back */ } finally {
      this.refreshing = false
    }
  }

  morph(page) {
    const fresh = new DOMParser().parseFromString(page, "text/html").getElementById("work")
    if (!fresh) return location.assign(`/drafts/${this.draftValue}`)
    fresh.dataset.show = this.element.dataset.show
    const active = this.activeValue // the page may have been asked for before somebody turned to another variant
    this.reveal(fresh)
    this.scheduleBox?.keepChoices(fresh)
    const staying = new Set(this.variants.filter((variant) => variant.mustStay(fresh)).map((variant) => variant.element))
    if (this.idea?.dirty) staying.add(this.idea.element)
    fresh.querySelector("[data-composer-target=compare]").hidden = this.compareTarget.hidden
    window.Idiomorph.morph(this.element, fresh, { morphStyle: "outerHTML", callbacks: { beforeNodeMorphed: (old, next) => comesIn(old, next, staying) } })
    for (const variant of this.variants) variant.settled(staying.has(variant.element))
    this.show(this.element.querySelector(`[data-panel="${active}"]`) ? active : fresh.dataset.composerActiveValue)
    document.dispatchEvent(new CustomEvent("composer:looked"))
  }

  /** What needs a script shows once there is one. */
  reveal(root) {
    for (const each of root.querySelectorAll("[data-needs-script]")) each.hidden = false
  }

  // The state of saving, always visible.

  tell({ kind, text = "", away = false }) {
    if (away) { if (!this.comingBack) this.goAway() } else if (kind !== "busy") this.away = 0
    const by = this.variants.find((variant) => variant.conflict)?.conflict
    const told = by && kind === "saved" ? "bad" : kind // until somebody compared, that stays to be said
    const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date())
    const words = told !== kind ? `${by} changed this` : kind === "saved" ? `Saved ${clock}` : text
    this.stateTarget.dataset.kind = told
    const place = this.stateTarget.querySelector("span")
    if (place.textContent !== words) place.textContent = words
    this.compareTarget.hidden = !by
  }

  async compare() {
    const mine = this.variants.find((variant) => variant.conflict)
    if (!mine) return
    let text
    try { text = await html(`/drafts/${this.draftValue}/compare/${mine.slugValue}`) } catch { return toast("The other version cannot be read now. Yours is kept here.") }
    this.compared = mine
    this.dialogTarget.innerHTML = text
    this.dialogTarget.querySelector("[data-mine]").textContent = mine.words
    this.dialogTarget.showModal()
  }

  async keepMine() {
    const { version } = this.dialogTarget.querySelector("[data-version]").dataset
    this.dialogTarget.close()
    await this.compared.overwrite(version)
  }

  async takeTheirs() {
    this.dialogTarget.close()
    this.compared.forget()
    document.activeElement?.blur()
    this.tell({ kind: "saved" })
    await this.refresh()
  }
}

function island(element, name) {
  return element && application.getControllerForElementAndIdentifier(element, name)
}

/** What somebody writes, looks at or opened stays as it is when the page comes in afresh. */
function comesIn(old, next, staying) {
  if (staying.has(old) || old.id === "save-state" || old.tagName === "DIALOG" || old.hasAttribute?.("data-keep") || old.classList?.contains("backdrop")) return false
  if (old.tagName === "DETAILS" && next.tagName === "DETAILS") next.open = old.open
  return true
}

application.register("new-idea", NewIdea)
application.register("idea", IdeaForm)
application.register("variant", Variant)
application.register("schedule-box", ScheduleBox)
application.register("composer", Composer)
