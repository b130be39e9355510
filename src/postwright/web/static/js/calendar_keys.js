// Moving a post by keyboard: M picks it up, arrows carry it, Enter drops it, Escape puts it back. Each step is announced.
import { announce } from "./core.js"
import { addMinutes, clockName, dayName } from "./calendar_time.js"

const DAY = 1440

export class Carrier {
  constructor(calendar) {
    this.calendar = calendar
    this.id = null
  }

  pick(post) {
    this.id = post.id
    this.by = 0
    this.turned = null
    this.show()
    announce(`Picked up: ${post.name}, ${this.place()}. Arrow keys move it, Enter drops it, Escape puts it back.`)
  }

  /** True when the key was ours. */
  key(event) {
    if (!this.id || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return false
    const step = this.steps()[event.key]
    if (step) this.carry(step)
    else if (event.key === "Enter") this.drop()
    else if (event.key === "Escape") this.back()
    else return event.key !== "Tab" && event.key.length === 1
    event.preventDefault()
    event.stopPropagation()
    return true
  }

  // In a month a step up is a week; where hours are shown it is a quarter of one.
  steps() {
    const upright = this.calendar.state.view === "month" ? 7 * DAY : 15
    return { ArrowLeft: -DAY, ArrowRight: DAY, ArrowUp: -upright, ArrowDown: upright }
  }

  carry(minutes) {
    this.by += minutes
    this.show()
    announce(this.place())
  }

  async drop() {
    const post = this.calendar.post(this.id)
    const { id, by, turned } = this
    this.id = null
    if (by === 0) return this.backAt(id, "Put down where it was.")
    this.calendar.focusChip(id)
    const moved = await this.calendar.moves.move(post, addMinutes(post.wall, by))
    if (!turned) return
    if (moved) this.calendar.visit(this.calendar.address(this.calendar.state.view, turned))
    else this.calendar.draw()
  }

  back() {
    const { id } = this
    this.id = null
    this.backAt(id, "Canceled. The post stays where it was.")
  }

  backAt(id, words) {
    if (this.turned) this.calendar.draw()
    else this.calendar.restore(id)
    announce(words)
    this.calendar.focusChip(id)
  }

  show() {
    const post = this.calendar.post(this.id)
    const start = addMinutes(post.start, this.by)
    this.follow(start)
    this.calendar.grid.place(post, start)
    this.calendar.focusChip(this.id)
  }

  // The grid turns its page when the post leaves it.
  follow(start) {
    const { grid, state } = this.calendar
    const day = start.slice(0, 10)
    if (!this.turned && day >= state.first && day <= state.last) return
    this.turned = day
    grid.turn(day)
  }

  place() {
    const post = this.calendar.post(this.id)
    const wall = addMinutes(post.wall, this.by)
    return `${dayName(wall)}, ${clockName(wall)}`
  }
}
