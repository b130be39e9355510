// The composer: variants beside the idea, saved as one writes. Every form here also works without this file.
import { application, Controller, announce, send, toast } from "./core.js"
import { Variant } from "./composer_variant.js"

const pause = (ms) => new Promise((done) => setTimeout(done, ms))

class NewIdea extends Controller {
  static targets = ["text", "link", "long"]
  static values = { most: Number }

  connect() {
    this.look()
    const wrong = document.querySelector("main [role=alert]")
    if (!wrong) return
    wrong.tabIndex = -1
    wrong.focus({ preventScroll: true })
    wrong.scrollIntoView({ block: "center" })
  }

  /** A lone address may mean its article or itself; the question shows only then. */
  look() {
    const text = this.textTarget.value
    this.linkTarget.hidden = text.length > 4000 || !/^\s*https?:\/\/\S+\s*$/i.test(text)
    const over = Array.from(text).length - this.mostValue
    this.longTarget.hidden = over <= 0
    if (over > 0) this.longTarget.textContent = `${over.toLocaleString()} characters more than the ${this.mostValue.toLocaleString()} that can be read. Bring in a part of it.`
  }

  key(event) {
    if (event.isComposing || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    this.element.requestSubmit()
  }
}

class Composer extends Controller {
  static targets = ["state", "compare", "tabs", "idea", "schedule", "button", "dialog", "confirm", "confirmText", "confirmList", "confirmButton"]
  static values = { draft: String, active: String }

  connect() {
    this.stops = []
    this.on(document, "keydown", (event) => this.key(event))
    this.on(document, "postwright:draft", (event) => event.detail.id === this.draftValue && this.refreshSoon())
    this.on(document, "postwright:post", () => this.refreshSoon(400)) // one of this draft may have gone out
    this.on(document, "postwright:refresh", () => this.refreshSoon()) // also once the stream stands: a save may have crossed the load
    this.on(window, "online", () => this.comeBack())
    this.on(window, "focus", () => this.comeBack())
    this.on(document, "visibilitychange", () => document.hidden || this.comeBack())
    this.on(document, "composer:state", (event) => this.tell(event.detail))
    this.on(document, "composer:saved", () => this.refreshSoon(400))
    this.on(document, "composer:looked", () => this.count())
    this.reveal(this.element)
    this.count()
  }

  disconnect() {
    for (const stop of this.stops) stop()
    clearTimeout(this.timer)
    clearTimeout(this.ideaTimer)
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
    if (event.key === "Enter" && mod && this.hasScheduleTarget) {
      event.preventDefault()
      if (event.shiftKey) this.publishNow()
      else this.scheduleTarget.requestSubmit(this.buttonTarget)
    } else if (event.altKey && !mod && !event.shiftKey && /^Digit[1-9]$/.test(event.code)) {
      const tab = this.tabs[Number(event.code.slice(5)) - 1]
      if (!tab) return
      event.preventDefault()
      this.show(tab.dataset.platform, true)
    }
  }

  // Which variant and, on a narrow screen, which part of the page is shown.

  get tabs() { return [...this.tabsTarget.querySelectorAll("[data-platform]")] }

  get variants() {
    return [...this.element.querySelectorAll("[data-panel]")]
      .map((panel) => application.getControllerForElementAndIdentifier(panel, "variant")).filter(Boolean)
  }

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
    this.activeValue = slug
    for (const panel of this.element.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== slug
    for (const beside of this.element.querySelectorAll("[data-beside]")) beside.hidden = beside.dataset.beside !== slug
    for (const tab of this.tabs) {
      if (tab.dataset.platform === slug) tab.setAttribute("aria-current", "page")
      else tab.removeAttribute("aria-current")
    }
    this.tabs.find((tab) => tab.dataset.platform === slug)?.scrollIntoView({ block: "nearest", inline: "nearest" })
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
    const form = event.target
    const body = new FormData(form, event.submitter)
    await this.flush(form)
    this.acts = (this.acts || 0) + 1
    this.tell({ kind: "busy", text: "Working…" })
    if (event.submitter) event.submitter.disabled = true
    try {
      const version = form.querySelector("[name=version]")?.value
      if (version) body.set("version", version)
      const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true", "Accept": "application/json" } })
      if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.detail || `The server answered ${answer.status}.`)
      application.getControllerForElementAndIdentifier(form, "variant")?.forget()
      const html = await answer.text()
      this.acts += 1
      this.morph(html, true)
    } catch (error) {
      this.tell({ kind: "bad", text: error instanceof TypeError ? "Offline, kept here" : error.message, away: error instanceof TypeError })
      toast(error instanceof TypeError ? "The server does not answer. What you typed is kept here." : error.message, { seconds: 8 })
    } finally {
      if (event.submitter) event.submitter.disabled = false
    }
  }

  /** Everything typed is on the server when this returns, or is kept here and says so. */
  async flush(except = null) {
    clearTimeout(this.ideaTimer)
    if (this.ideaDirty) await this.saveIdea()
    for (const variant of this.variants) if (variant.element !== except) await variant.save()
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
      if (this.ideaDirty || this.variants.some((variant) => variant.dirty)) return
      const answer = await fetch(`/api/v1/drafts/${this.draftValue}`, { headers: { "Accept": "application/json" } })
      if (answer.ok) this.tell({ kind: "saved" })
      this.refreshSoon(0)
    } catch { /* still away */ } finally {
      this.comingBack = false
      if (this.away) this.goAway()
    }
  }

  // The idea. Variants that follow it are made anew by the server.

  ideaTyped() {
    this.ideaDirty = true
    this.tell({ kind: "busy", text: "Not saved yet" })
    clearTimeout(this.ideaTimer)
    this.ideaTimer = setTimeout(() => this.saveIdea(), 1200)
  }

  async saveIdea() {
    const form = this.ideaTarget
    this.ideaDirty = false
    this.tell({ kind: "busy", text: "Saving…" })
    try {
      const body = { version: Number(form.version.value), idea: form.idea.value, title: form.title.value }
      const draft = await send("PATCH", `/api/v1/drafts/${this.draftValue}`, body)
      form.version.value = draft.version
      this.tell({ kind: "saved" })
      this.refreshSoon(0)
    } catch (error) {
      this.ideaDirty = true // nothing comes in over it until it is saved
      const away = !error.status || error.status >= 500
      this.tell({ kind: "bad", text: away ? "Offline, kept here" : error.message, away })
      if (error.status === 409) toast("Yours is kept in the field. Reload the page to see theirs.", { undo: () => this.overwriteIdea(), label: "Save mine over it", seconds: 30 })
    }
  }

  async overwriteIdea() {
    this.ideaTarget.version.value = (await send("GET", `/api/v1/drafts/${this.draftValue}`)).version
    await this.saveIdea()
  }

  // What the server knows comes in by morphing; what somebody is writing is never touched.

  refreshSoon(ms = 250) {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.refresh(), ms)
  }

  async refresh() {
    if (this.ideaDirty || this.refreshing) return this.refreshSoon(600)
    this.refreshing = true
    const acts = this.acts
    try {
      const answer = await fetch(`/drafts/${this.draftValue}?platform=${this.activeValue}`, { headers: { "HX-Request": "true", "Accept": "text/html" } })
      const html = answer.ok ? await answer.text() : ""
      if (acts !== this.acts) this.refreshSoon() // an act came in between: this is how it was before
      else if (html) this.morph(html, false)
    } catch { /* the stream tells when the server is back */ } finally {
      this.refreshing = false
    }
  }

  morph(html, saved) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("work")
    if (!fresh) return location.assign(`/drafts/${this.draftValue}`)
    fresh.dataset.show = this.element.dataset.show
    this.reveal(fresh)
    this.keepChoices(fresh)
    const skip = new Set(this.variants.filter((variant) => variant.mustStay(fresh)).map((variant) => variant.element))
    const compare = fresh.querySelector("[data-composer-target=compare]")
    if (compare) compare.hidden = this.compareTarget.hidden
    window.Idiomorph.morph(this.element, fresh, {
      morphStyle: "outerHTML",
      callbacks: {
        beforeNodeMorphed: (old, next) => {
          if (skip.has(old) || old.id === "save-state" || old.tagName === "DIALOG") return false
          if (old.classList?.contains("backdrop")) return false
          if (old.tagName === "DETAILS" && next.tagName === "DETAILS") next.open = old.open
          return true
        },
      },
    })
    if (saved) this.tell({ kind: "saved" })
    for (const variant of this.variants) variant.settled(skip.has(variant.element))
    this.show(this.element.querySelector(`[data-panel="${this.activeValue}"]`) ? this.activeValue : fresh.dataset.composerActiveValue)
    this.count()
  }

  /** What needs a script shows once there is one. */
  reveal(root) {
    for (const each of root.querySelectorAll("[data-needs-script]")) each.hidden = false
  }

  /** Ticks, times and choices of the schedule form stay as the person left them. */
  keepChoices(fresh) {
    const mine = this.hasScheduleTarget && this.scheduleTarget
    const theirs = fresh.querySelector("#schedule")
    if (!mine || !theirs) return
    for (const input of theirs.querySelectorAll("input:not([type=hidden])")) {
      const kept = mine.querySelector(`[name="${input.name}"][value="${CSS.escape(input.value)}"]`) || (input.name === "at" && mine.at)
      if (!kept) continue
      if (input.name === "at") input.value = kept.value
      else if (!("sent" in input.dataset) || "sent" in kept.dataset) input.toggleAttribute("checked", kept.checked) // what just went out is not ticked any more
    }
  }

  // The state of saving, always visible.

  tell({ kind, text = "", by = null, away = false }) {
    if (away) { if (!this.comingBack) this.goAway() } else if (kind !== "busy") this.away = 0
    const state = this.stateTarget
    const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date())
    const words = kind === "saved" ? `Saved ${clock}` : text
    state.dataset.kind = kind
    const place = state.querySelector("span") || state
    if (place.textContent !== words) place.textContent = words
    this.compareTarget.hidden = !by
  }

  async compare() {
    const mine = this.variants.find((variant) => variant.conflict)
    if (!mine) return
    const answer = await fetch(`/drafts/${this.draftValue}/compare/${mine.slugValue}`, { headers: { "HX-Request": "true", "Accept": "text/html" } })
    if (!answer.ok) return toast("The other version cannot be read now. Yours is kept here.")
    this.dialogTarget.innerHTML = await answer.text()
    this.dialogTarget.querySelector("[data-mine]").textContent = mine.texts.map((text) => text.value).join("\n\n")
    this.dialogTarget.showModal()
  }

  async keepMine() {
    const mine = this.variants.find((variant) => variant.conflict)
    const version = this.dialogTarget.querySelector("[data-version]").dataset.version
    this.dialogTarget.close()
    if (mine) await mine.overwrite(version)
  }

  async takeTheirs() {
    this.dialogTarget.close()
    for (const variant of this.variants) if (variant.conflict) variant.forget()
    document.activeElement?.blur()
    this.tell({ kind: "saved" })
    await this.refresh()
  }

  // Scheduling. The button says how many go out and what holds the others back.

  get ticked() {
    return this.hasScheduleTarget ? [...this.scheduleTarget.querySelectorAll("[name=account]:checked")] : []
  }

  blocked(platform) {
    return document.getElementById(`says-${platform}`)?.dataset.blocked || ""
  }

  count() {
    if (!this.hasScheduleTarget) return
    const ready = this.ticked.filter((box) => !this.blocked(box.dataset.platform))
    const held = this.ticked.map((box) => this.blocked(box.dataset.platform)).find(Boolean)
    const all = this.ticked.length
    const words = !all ? this.buttonTarget.dataset.none
      : ready.length === all ? `Schedule ${all} post${all === 1 ? "" : "s"}`
        : ready.length ? `Schedule ${ready.length} of ${all}; ${held}` : `Nothing to schedule; ${held}`
    const place = this.buttonTarget.querySelector("span")
    if (place.textContent !== words) place.textContent = words
    this.buttonTarget.setAttribute("aria-disabled", String(!ready.length))
  }

  async leave(event) {
    const ready = this.ticked.filter((box) => !this.blocked(box.dataset.platform))
    if (!ready.length) {
      event.preventDefault()
      return toast(this.buttonTarget.innerText)
    }
    if (!this.going) {
      event.preventDefault()
      const submitter = event.submitter
      await this.flush()
      const unsaved = this.variants.find((variant) => variant.dirty)
      if (unsaved || this.ideaDirty) return toast(`${unsaved ? unsaved.nameValue : "The idea"} is not saved yet: nothing was scheduled.`)
      this.going = true
      await pause(0) // a submit asked for while one is still being dispatched is silently ignored
      return this.scheduleTarget.requestSubmit(submitter)
    }
    // The button's own time wins over the chosen one; what is held back stays a draft.
    if (event.submitter?.name === "when") for (const radio of this.scheduleTarget.querySelectorAll("[type=radio]")) radio.disabled = true
    for (const box of this.ticked) if (this.blocked(box.dataset.platform)) box.disabled = true
    await pause(4000)
    this.going = false
  }

  async publishNow() {
    if (!this.hasConfirmTarget) return
    await this.flush()
    const ready = this.ticked.filter((box) => !this.blocked(box.dataset.platform))
    if (!ready.length) return toast(this.buttonTarget.innerText)
    this.confirmTextTarget.textContent = `${ready.length} post${ready.length === 1 ? " goes" : "s go"} out at once:`
    this.confirmListTarget.replaceChildren(...ready.map((box) => {
      const line = document.createElement("li")
      line.textContent = box.dataset.name
      return line
    }))
    this.confirmButtonTarget.textContent = `Publish ${ready.length} now`
    this.confirmTarget.showModal()
  }

  closeConfirm() { this.confirmTarget.close() }
}

application.register("new-idea", NewIdea)
application.register("variant", Variant)
application.register("composer", Composer)
