// The box that schedules: how many posts go out, what holds the others back, and nothing before it is saved.
import { application, Controller, toast } from "./core.js"

const pause = (ms) => new Promise((done) => setTimeout(done, ms))

export class ScheduleBox extends Controller {
  static targets = ["form", "button", "confirm", "confirmText", "confirmList", "confirmButton"]

  connect() {
    this.looked = () => this.count()
    document.addEventListener("composer:looked", this.looked)
    this.count()
  }

  disconnect() {
    document.removeEventListener("composer:looked", this.looked)
  }

  get composer() { return application.getControllerForElementAndIdentifier(this.element.closest("#work"), "composer") }
  get ticked() { return [...this.formTarget.querySelectorAll("[name=account]:checked")] }
  get ready() { return this.ticked.filter((box) => !this.blocked(box)) }

  /** What keeps a post from going out, in words; empty when nothing does. */
  blocked(box) {
    return document.getElementById(`says-${box.dataset.platform}`)?.dataset.blocked || ""
  }

  count() {
    if (!this.hasFormTarget) return
    const ready = this.ready.length
    const held = this.ticked.map((box) => this.blocked(box)).find(Boolean)
    const all = this.ticked.length
    const words = !all ? this.buttonTarget.dataset.none
      : ready === all ? `Schedule ${all} post${all === 1 ? "" : "s"}`
        : ready ? `Schedule ${ready} of ${all}; ${held}` : `Nothing to schedule; ${held}`
    const place = this.buttonTarget.querySelector("span")
    if (place.textContent !== words) place.textContent = words
    this.buttonTarget.setAttribute("aria-disabled", String(!ready))
  }

  schedule() {
    if (this.hasFormTarget) this.formTarget.requestSubmit(this.buttonTarget)
  }

  /** A submit waits until all is saved, then asks for itself again. */
  leave(event) {
    if (!this.ready.length) {
      event.preventDefault()
      toast(this.buttonTarget.innerText)
    } else if (!this.going) {
      event.preventDefault()
      this.saveAndGo(event.submitter)
    } else {
      this.go(event.submitter)
    }
  }

  async saveAndGo(submitter) {
    const unsaved = await this.unsaved()
    if (unsaved) return toast(`${unsaved} is not saved yet: nothing was scheduled.`)
    this.going = true
    await pause(0) // a submit asked for while one is still being dispatched is silently ignored
    this.formTarget.requestSubmit(submitter)
  }

  async unsaved() {
    await this.composer.flush()
    return this.composer.unsaved
  }

  /** The button's own time wins over the chosen one; what is held back stays a draft. */
  async go(submitter) {
    if (submitter?.name === "when") for (const radio of this.formTarget.querySelectorAll("[type=radio]")) radio.disabled = true
    for (const box of this.ticked) if (this.blocked(box)) box.disabled = true
    await pause(4000)
    this.going = false
  }

  async publishNow() {
    if (!this.hasConfirmTarget) return
    const unsaved = await this.unsaved()
    if (unsaved) return toast(`${unsaved} is not saved yet: nothing was published.`)
    const { ready } = this
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

  /** Ticks, times and choices stay as the person left them when the page comes in afresh. */
  keepChoices(fresh) {
    const theirs = fresh.querySelector("#schedule")
    if (!this.hasFormTarget || !theirs) return
    const mine = this.formTarget
    for (const input of theirs.querySelectorAll("input:not([type=hidden])")) {
      const kept = mine.querySelector(`[name="${input.name}"][value="${CSS.escape(input.value)}"]`) || (input.name === "at" && mine.at)
      if (!kept) continue
      if (input.name === "at") input.value = kept.value
      else if (!("sent" in input.dataset) || "sent" in kept.dataset) input.toggleAttribute("checked", kept.checked) // what just went out is not ticked any more
    }
  }
}
