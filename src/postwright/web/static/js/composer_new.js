// A new idea: what it may mean, and whether it is too long, as one writes.
import { Controller } from "./core.js"

export class NewIdea extends Controller {
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
