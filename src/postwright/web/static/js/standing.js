// When things go wrong: what holds posts back, at the top of every page; and words to take along by hand.
import { Controller, announce, html, toast } from "./core.js"

/** Takes what stands in a field to the clipboard. */
export class Copy extends Controller {
  static targets = ["text"]

  async take() {
    this.textTarget.select()
    try {
      await navigator.clipboard.writeText(this.textTarget.value)
      toast("Copied.")
    } catch {
      toast("It is selected: press Ctrl+C to copy it.")
    }
  }
}

/** Fetched afresh when it changes, said aloud when it comes or goes. */
export class Standing extends Controller {
  static values = { url: String }

  // Also when the stream opens: what came between the drawing of the page and then was told to nobody.
  connect() {
    this.heard = () => this.soon()
    for (const kind of ["standing", "refresh"]) document.addEventListener(`postwright:${kind}`, this.heard)
  }

  disconnect() {
    for (const kind of ["standing", "refresh"]) document.removeEventListener(`postwright:${kind}`, this.heard)
    clearTimeout(this.timer)
  }

  soon() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.load(), 100)
  }

  async load() {
    const before = this.said()
    try { this.element.innerHTML = await html(this.urlValue) } catch { return }
    const now = this.said()
    if (now !== before) announce(now || "Publishing goes on")
  }

  said() {
    return [...this.element.querySelectorAll(".standing strong")].map((each) => each.textContent.trim()).join(" ")
  }
}
