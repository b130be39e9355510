// Ticking posts in a list: by mouse, with Shift for all between, with x on the row that has the focus or the pointer.
import { Controller, announce, html, isWriting } from "./core.js"

export class Ticks extends Controller {
  static targets = ["box", "all", "bar", "count", "act", "cost"]

  connect() {
    for (const each of this.element.querySelectorAll("[data-needs-script]")) each.hidden = false
    this.element.addEventListener("click", (event) => this.clicked(event))
    this.element.addEventListener("pointerover", (event) => { this.hovered = event.target.closest("tr[data-state]") })
    this.chosen()
    this.counted()
  }

  disconnect() {
    clearTimeout(this.timer)
  }

  get ticked() { return this.boxTargets.filter((box) => box.checked) }

  /** Shift takes all between this box and the one before, to the same state. */
  clicked(event) {
    const box = event.target.closest("[data-ticks-target=box]")
    if (!box) return
    this.reach(box, event.shiftKey)
  }

  reach(box, all) {
    const boxes = this.boxTargets
    if (all && this.last && boxes.includes(this.last)) {
      const [from, to] = [boxes.indexOf(this.last), boxes.indexOf(box)].sort((a, b) => a - b)
      for (const each of boxes.slice(from, to + 1)) each.checked = box.checked
    }
    this.last = box
    this.counted()
  }

  all() {
    for (const box of this.boxTargets) box.checked = this.allTarget.checked
    this.counted()
  }

  key(event) {
    if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return
    const onBox = event.target.matches?.("[data-ticks-target=box]")
    if (!onBox && isWriting(event)) return
    const row = document.activeElement?.closest("tr[data-state]") || this.hovered
    const box = row?.querySelector("[data-ticks-target=box]")
    if (!box) return
    event.preventDefault()
    box.checked = !box.checked
    this.reach(box, event.shiftKey)
    announce(`${box.checked ? "Ticked" : "Not ticked"}: ${this.ticked.length} in all`)
  }

  counted() {
    const count = this.ticked.length
    if (this.hasAllTarget) {
      this.allTarget.checked = count > 0 && count === this.boxTargets.length
      this.allTarget.indeterminate = count > 0 && count < this.boxTargets.length
    }
    if (!this.hasBarTarget) return
    this.barTarget.classList.toggle("on", count > 0)
    this.countTarget.textContent = count ? `${count} post${count === 1 ? "" : "s"} ticked` : (matchMedia("(hover: none)").matches ? "Tick posts, then choose what to do." : "x ticks the post under the pointer or the focus; Shift takes all between.")
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.price(), 400)
  }

  /** Only what the chosen act asks for is shown. */
  chosen() {
    if (!this.hasActTarget) return
    for (const more of this.barTarget.querySelectorAll("[data-for]")) more.hidden = !more.dataset.for.split(" ").includes(this.actTarget.value)
  }

  async price() {
    const ids = this.ticked.map((box) => `id=${box.value}`)
    if (!ids.length) { this.costTarget.replaceChildren(); return }
    try { this.costTarget.innerHTML = await html(`/posts/_cost?${ids.join("&")}`) } catch { this.costTarget.replaceChildren() }
  }
}
